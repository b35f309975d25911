import { expect, test } from 'vitest'
import { readConfig } from '../../src/config/config.ts'
import { judge, judgements } from '../../src/config/judging/judge.ts'
import { variables } from '../../src/config/settings.ts'

/** What docs/operate.md says is enough for a server in production, and what it says of the rest. */
const good = {
  NODE_ENV: 'production',
  SECRET_KEY: 'P3vYxqJm0kS9dTzWn7RfUe2LhBgAoCi5-Q8M_4Et',
  ALLOWED_HOSTS: 'shop.example',
  TRUST_PROXY: 'loopback',
  SECURE_HSTS_SECONDS: '31536000',
  SESSION_COOKIE_NAME: '__Host-sessionid',
}
const judged = (environment: Record<string, string>) =>
  judge(readConfig({ ...good, ...environment }))

test('check judges every setting, or the code says why no value of it is wrong', () => {
  expect(Object.keys(judgements).sort()).toEqual([...variables].sort())
})

test('check finds nothing wrong with the settings that docs/operate.md asks for', () => {
  expect(judged({})).toEqual([])
})

test.each<[string, Record<string, string>, string[]]>([
  [
    'all addresses, and no proxy',
    { HOST: '0.0.0.0', TRUST_PROXY: 'false', SECURE_HSTS_SECONDS: '0' },
    ['WARNING HOST', 'WARNING SECURE_HSTS_SECONDS'],
  ],
  [
    'all addresses, and a cookie in the clear',
    { HOST: '0.0.0.0', SESSION_COOKIE_SECURE: 'false', SESSION_COOKIE_NAME: 'sessionid' },
    ['ERROR HOST', 'ERROR SESSION_COOKIE_SECURE'],
  ],
  ['a port that is picked', { PORT: '0' }, ['WARNING PORT']],
  ['more workers than processors', { WORKERS: '64' }, ['WARNING WORKERS']],
  ['metrics for all', { METRICS_PORT: '10.0.0.5:9464' }, ['WARNING METRICS_PORT']],
  ['metrics for this machine', { METRICS_PORT: '9464' }, []],
  [
    'a far database in the clear',
    { DATABASE_URL: 'postgresql://coat:Vx93kQmZ0@db.example/coat' },
    ['WARNING DATABASE_URL'],
  ],
  [
    'a far database with a certificate',
    { DATABASE_URL: 'postgresql://coat:Vx93kQmZ0@db.example/coat?sslmode=verify-full' },
    [],
  ],
  [
    'a far database whose certificate is not looked at, and a password that is the user',
    { DATABASE_URL: 'postgresql://coatcheck:coatcheck@10.0.0.2/coat?sslmode=no-verify' },
    ['WARNING DATABASE_URL', 'WARNING DATABASE_URL'],
  ],
  ['a database of this machine', { DATABASE_URL: 'postgresql://coat:coat@127.0.0.1/coat' }, []],
  [
    'a database behind a socket',
    { DATABASE_URL: 'postgresql://coat@/coat?host=/var/run/postgresql' },
    [],
  ],
  [
    'a far cache in the clear and without a password',
    { SESSION_ENGINE: 'cache', CACHE_URL: 'redis://10.0.0.3:6379' },
    ['WARNING CACHE_URL', 'WARNING CACHE_URL'],
  ],
  [
    'a far cache as it should be',
    { SESSION_ENGINE: 'cache', CACHE_URL: 'rediss://coat:Vx93kQmZ0@10.0.0.3:6379' },
    [],
  ],
  [
    'a far Memcached',
    { SESSION_ENGINE: 'cache', CACHE_URL: 'memcached://10.0.0.3:11211' },
    ['WARNING CACHE_URL'],
  ],
  ['a cache of this machine', { SESSION_ENGINE: 'cache', CACHE_URL: 'redis://localhost:6379' }, []],
  ['a key that repeats itself', { SECRET_KEY: 'ab'.repeat(20) }, ['ERROR SECRET_KEY']],
  [
    'a key that was to be replaced',
    { SECRET_KEY: 'please-change-me-before-you-go-live-2026' },
    ['ERROR SECRET_KEY'],
  ],
  [
    'an earlier key that can be guessed',
    { SECRET_KEY_FALLBACKS: 'django-insecure-$z4v8m!k2q9w0e1r3t5y7u' },
    ['ERROR SECRET_KEY_FALLBACKS', 'INFO SECRET_KEY_FALLBACKS'],
  ],
  [
    'the present key as an earlier one',
    { SECRET_KEY_FALLBACKS: good.SECRET_KEY },
    ['WARNING SECRET_KEY_FALLBACKS', 'INFO SECRET_KEY_FALLBACKS'],
  ],
  ['a log of everything', { LOG_LEVEL: 'trace' }, ['WARNING LOG_LEVEL']],
  ['a log of nothing', { LOG_LEVEL: 'silent' }, ['WARNING LOG_LEVEL']],
  [
    'origins that are no site',
    { ALLOWED_ORIGINS: 'null,http://shop.example,http://localhost:5173' },
    ['ERROR ALLOWED_ORIGINS', 'ERROR ALLOWED_ORIGINS', 'WARNING ALLOWED_ORIGINS'],
  ],
  [
    'origins of pages and apps',
    { ALLOWED_ORIGINS: 'https://shop.example,capacitor://localhost' },
    [],
  ],
  ['any host', { ALLOWED_HOSTS: '*' }, ['WARNING ALLOWED_HOSTS']],
  [
    'a proxy that is not believed',
    { TRUST_PROXY: 'false' },
    ['WARNING TRUST_PROXY', 'WARNING SECURE_HSTS_SECONDS'],
  ],
  [
    'proxies that are counted on an open port',
    { HOST: '0.0.0.0', TRUST_PROXY: '1' },
    ['WARNING TRUST_PROXY'],
  ],
  ['GraphiQL', { GRAPHIQL: 'true' }, ['WARNING GRAPHIQL']],
  ['introspection', { INTROSPECTION: 'true' }, ['WARNING INTROSPECTION']],
  [
    'introspection beside GraphiQL',
    { GRAPHIQL: 'true', INTROSPECTION: 'true' },
    ['WARNING GRAPHIQL', 'WARNING INTROSPECTION'],
  ],
  [
    'a store that may hang for longer than its caller waits',
    { SESSION_STORE_TIMEOUT: '9000' },
    ['WARNING SESSION_STORE_TIMEOUT'],
  ],
  [
    'a store that may not be busy',
    { SESSION_STORE_TIMEOUT: '50' },
    ['WARNING SESSION_STORE_TIMEOUT'],
  ],
  [
    'an idle month',
    { SESSION_COOKIE_AGE: '2591999' },
    ['WARNING SESSION_COOKIE_AGE', 'WARNING SESSION_REMEMBER_AGE'],
  ],
  ['an idle minute', { SESSION_COOKIE_AGE: '30' }, ['WARNING SESSION_COOKIE_AGE']],
  [
    'idle time past the end',
    { SESSION_ABSOLUTE_AGE: '60' },
    ['WARNING SESSION_COOKIE_AGE', 'WARNING SESSION_REMEMBER_AGE'],
  ],
  ['no end', { SESSION_ABSOLUTE_AGE: '0' }, ['WARNING SESSION_ABSOLUTE_AGE']],
  ['staff who stay for days', { SESSION_STAFF_AGE: '259200' }, ['WARNING SESSION_STAFF_AGE']],
  [
    'streams that look seldom',
    { SESSION_RECHECK_INTERVAL: '600' },
    ['WARNING SESSION_RECHECK_INTERVAL'],
  ],
  [
    'reading that keeps nothing alive',
    { SESSION_SAVE_EVERY_REQUEST: 'false' },
    ['WARNING SESSION_SAVE_EVERY_REQUEST'],
  ],
  [
    'a cookie that a subdomain may set',
    { SESSION_COOKIE_NAME: 'sessionid' },
    ['INFO SESSION_COOKIE_NAME'],
  ],
  [
    'a cookie for other sites',
    { SESSION_COOKIE_SAMESITE: 'None' },
    ['WARNING SESSION_COOKIE_SAMESITE'],
  ],
  [
    'a domain that browsers refuse',
    { SESSION_COOKIE_DOMAIN: 'shop', SESSION_COOKIE_NAME: '__Secure-id' },
    ['ERROR SESSION_COOKIE_DOMAIN', 'ERROR SESSION_COOKIE_DOMAIN', 'WARNING SESSION_COOKIE_DOMAIN'],
  ],
  [
    'a domain above the host',
    {
      SESSION_COOKIE_DOMAIN: '.shop.example',
      SESSION_COOKIE_NAME: '__Secure-id',
      ALLOWED_HOSTS: 'www.shop.example',
    },
    ['WARNING SESSION_COOKIE_DOMAIN'],
  ],
  [
    'a path',
    { SESSION_COOKIE_PATH: '/shop', SESSION_COOKIE_NAME: '__Secure-id' },
    ['WARNING SESSION_COOKIE_PATH'],
  ],
  [
    'a partition without frames',
    { SESSION_COOKIE_PARTITIONED: 'true' },
    ['INFO SESSION_COOKIE_PARTITIONED'],
  ],
  ['an audit without end', { AUDIT_RETENTION: '0' }, ['WARNING AUDIT_RETENTION']],
  ['an audit of a day', { AUDIT_RETENTION: '86400' }, ['WARNING AUDIT_RETENTION']],
  [
    'documents without a bound',
    {
      GRAPHQL_MAX_TOKENS: '100000',
      GRAPHQL_MAX_DEPTH: '100',
      GRAPHQL_MAX_FIELDS: '10000',
      GRAPHQL_TIMEOUT: '600',
    },
    [
      'WARNING GRAPHQL_MAX_TOKENS',
      'WARNING GRAPHQL_MAX_DEPTH',
      'WARNING GRAPHQL_MAX_FIELDS',
      'WARNING GRAPHQL_TIMEOUT',
    ],
  ],
  [
    'connections without a bound',
    {
      DATA_UPLOAD_MAX_MEMORY_SIZE: '100000000',
      HTTP_HEADERS_TIMEOUT: '600',
      HTTP_REQUEST_TIMEOUT: '600',
    },
    [
      'WARNING DATA_UPLOAD_MAX_MEMORY_SIZE',
      'WARNING HTTP_HEADERS_TIMEOUT',
      'WARNING HTTP_REQUEST_TIMEOUT',
    ],
  ],
  [
    'connections that close first, and few of them',
    { HTTP_KEEP_ALIVE_TIMEOUT: '5', HTTP_MAX_CONNECTIONS: '20', SHUTDOWN_DELAY: '0' },
    ['WARNING HTTP_KEEP_ALIVE_TIMEOUT', 'WARNING HTTP_MAX_CONNECTIONS', 'INFO SHUTDOWN_DELAY'],
  ],
])('check judges %s', (_what, environment, expected) => {
  expect(judged(environment).map(({ level, about }) => `${level} ${about}`)).toEqual(expected)
})

test('every finding of check says in sentences what is at stake and what to do', () => {
  for (const judgement of Object.values(judgements)) {
    if ('safe' in judgement) expect(judgement.safe).toMatch(/^[A-Z].*\.$/)
    else for (const { says, cure } of judgement) expect(`${says} ${cure}`).toMatch(/^[A-Za-z].*\.$/)
  }
})
