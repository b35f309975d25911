import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../src/config/config.ts'
import { readEnvironment } from '../src/config/environment.ts'
import type { Config } from '../src/config/config.ts'
import { findMistyped } from '../src/config/misnamed.ts'

const secret = 's'.repeat(32)

/** What is wrong with these settings; nothing where they can be used. */
function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

/** The setting that each sentence is about. */
const namesIn = (faults: readonly string[]) => faults.map((fault) => fault.split(':')[0])

describe('the defaults', () => {
  const config = readConfig({})

  test.each<[string, unknown, unknown]>([
    ['HOST', config.host, '127.0.0.1'],
    ['PORT', config.port, 4000],
    ['DATABASE_URL', config.databaseUrl, 'file:./data/coatcheck.db'],
    ['CACHE_URL', config.cacheUrl, null],
    ['SECRET_KEY', config.secretKey, null],
    ['SECRET_KEY_FALLBACKS', config.secretKeyFallbacks, []],
    ['SESSION_ENGINE', config.sessionEngine, 'database'],
    ['SESSION_FILE_PATH', config.sessionFilePath, './data/sessions'],
    ['SESSION_COOKIE_NAME', config.cookie.name, 'sessionid'],
    ['SESSION_COOKIE_AGE', config.policy.age, 300],
    ['SESSION_REMEMBER_AGE', config.rememberAge, 1_209_600],
    ['SESSION_ABSOLUTE_AGE', config.policy.absoluteAge, 2_592_000],
    ['SESSION_EXPIRE_AT_BROWSER_CLOSE', config.policy.expireAtBrowserClose, false],
    ['SESSION_COOKIE_SECURE', config.cookie.secure, false],
    ['SESSION_COOKIE_SAMESITE', config.cookie.sameSite, 'Lax'],
    ['SESSION_COOKIE_DOMAIN', config.cookie.domain, null],
    ['SESSION_COOKIE_PATH', config.cookie.path, '/'],
    ['SESSION_SAVE_EVERY_REQUEST', config.saveEveryRequest, true],
    ['AUTHENTICATION_BACKENDS', config.authenticationBackends, ['password']],
    ['REGISTRATION', config.registration, 'open'],
    ['ALLOWED_ORIGINS', config.allowedOrigins, []],
    ['TRUST_PROXY', config.trustProxy, 0],
    ['GRAPHIQL', config.graphiql, true],
    ['INTROSPECTION', config.introspection, true],
    ['ADMIN_USERNAME', config.admin.username, 'admin'],
    ['ADMIN_EMAIL', config.admin.email, null],
    ['ADMIN_PASSWORD', config.admin.password, null],
    ['LOG_LEVEL', config.logLevel, 'info'],
    ['NODE_ENV', config.production, false],
  ])('the default of %s', (_name, value, expected) => {
    expect(value).toEqual(expected)
  })

  test('in production the defaults are Secure, no GraphiQL, no introspection, and the rest as elsewhere', () => {
    const production = readConfig({ NODE_ENV: 'production', SECRET_KEY: secret })
    expect(production).toEqual({
      ...config,
      production: true,
      secretKey: secret,
      cookie: { ...config.cookie, secure: true },
      graphiql: false,
      introspection: false,
    })
  })

  test('in production a setting that is given wins over its default', () => {
    const production = readConfig({
      NODE_ENV: 'production',
      SECRET_KEY: secret,
      SESSION_COOKIE_SECURE: 'false',
      GRAPHIQL: 'true',
      INTROSPECTION: 'true',
    })
    expect(production.cookie.secure).toBe(false)
    expect([production.graphiql, production.introspection]).toEqual([true, true])
  })

  test.each(['Production', 'development', 'test', ''])(
    'NODE_ENV=%s does not mean production',
    (NODE_ENV) => {
      expect(readConfig({ NODE_ENV })).toEqual(config)
    },
  )

  test('a variable that is empty or blank leaves the default', () => {
    const blank = {
      PORT: '',
      SESSION_COOKIE_NAME: ' ',
      SECRET_KEY: '',
      SESSION_COOKIE_SECURE: '\t',
    }
    expect(readConfig(blank)).toEqual(config)
  })
})

describe('a setting is read', () => {
  test.each<[string, string, (config: Config) => unknown, unknown]>([
    ['HOST', '0.0.0.0', ({ host }) => host, '0.0.0.0'],
    ['PORT', '0', ({ port }) => port, 0],
    ['PORT', ' 65535 ', ({ port }) => port, 65_535],
    ['DATABASE_URL', 'file:x.db', ({ databaseUrl }) => databaseUrl, 'file:x.db'],
    ['DATABASE_URL', 'postgresql://h/n', ({ databaseUrl }) => databaseUrl, 'postgresql://h/n'],
    ['CACHE_URL', 'redis://h:6379', ({ cacheUrl }) => cacheUrl, 'redis://h:6379'],
    ['CACHE_URL', 'rediss://h', ({ cacheUrl }) => cacheUrl, 'rediss://h'],
    ['CACHE_URL', 'redis-cluster://h', ({ cacheUrl }) => cacheUrl, 'redis-cluster://h'],
    ['CACHE_URL', 'redis-sentinel://h/m', ({ cacheUrl }) => cacheUrl, 'redis-sentinel://h/m'],
    ['CACHE_URL', 'rediss+sentinel://h/m', ({ cacheUrl }) => cacheUrl, 'rediss+sentinel://h/m'],
    ['CACHE_URL', 'valkey://h', ({ cacheUrl }) => cacheUrl, 'valkey://h'],
    ['CACHE_URL', 'memcached://h', ({ cacheUrl }) => cacheUrl, 'memcached://h'],
    ['SECRET_KEY', secret, ({ secretKey }) => secretKey, secret],
    ['SECRET_KEY', '\u00e9'.repeat(16), ({ secretKey }) => secretKey, '\u00e9'.repeat(16)],
    [
      'SECRET_KEY_FALLBACKS',
      `${secret}, ${secret}2,`,
      ({ secretKeyFallbacks }) => secretKeyFallbacks,
      [secret, `${secret}2`],
    ],
    ['SESSION_ENGINE', './engine.mjs', ({ sessionEngine }) => sessionEngine, './engine.mjs'],
    ['SESSION_FILE_PATH', '/tmp/s', ({ sessionFilePath }) => sessionFilePath, '/tmp/s'],
    ['SESSION_COOKIE_NAME', 'my.cookie', ({ cookie }) => cookie.name, 'my.cookie'],
    ['SESSION_COOKIE_AGE', '1', ({ policy }) => policy.age, 1],
    ['SESSION_COOKIE_AGE', '34560000', ({ policy }) => policy.age, 34_560_000],
    ['SESSION_REMEMBER_AGE', '86400', ({ rememberAge }) => rememberAge, 86_400],
    ['SESSION_ABSOLUTE_AGE', '0', ({ policy }) => policy.absoluteAge, 0],
    ['SESSION_EXPIRE_AT_BROWSER_CLOSE', 'true', ({ policy }) => policy.expireAtBrowserClose, true],
    ['SESSION_COOKIE_SECURE', 'true', ({ cookie }) => cookie.secure, true],
    ['SESSION_COOKIE_SAMESITE', 'Strict', ({ cookie }) => cookie.sameSite, 'Strict'],
    ['SESSION_COOKIE_DOMAIN', 'shop.example', ({ cookie }) => cookie.domain, 'shop.example'],
    ['SESSION_COOKIE_PATH', '/api', ({ cookie }) => cookie.path, '/api'],
    ['SESSION_SAVE_EVERY_REQUEST', 'false', ({ saveEveryRequest }) => saveEveryRequest, false],
    ['REGISTRATION', 'closed', ({ registration }) => registration, 'closed'],
    [
      'ALLOWED_ORIGINS',
      ' https://shop.example ,http://localhost:3000,',
      ({ allowedOrigins }) => allowedOrigins,
      ['https://shop.example', 'http://localhost:3000'],
    ],
    ['TRUST_PROXY', '2', ({ trustProxy }) => trustProxy, 2],
    ['TRUST_PROXY', 'false', ({ trustProxy }) => trustProxy, 0],
    [
      'TRUST_PROXY',
      'loopback, 10.0.0.0/8,2001:db8::1',
      ({ trustProxy }) => trustProxy,
      ['loopback', '10.0.0.0/8', '2001:db8::1'],
    ],
    ['ALLOWED_HOSTS', '*', ({ allowedHosts }) => allowedHosts, ['*']],
    [
      'ALLOWED_HOSTS',
      'SHOP.example, .Shop.example, shop.example., 192.0.2.1, [2001:DB8:0::1]',
      ({ allowedHosts }) => allowedHosts,
      ['shop.example', '.shop.example', 'shop.example', '192.0.2.1', '[2001:db8::1]'],
    ],
    ...[
      'capacitor://localhost',
      'ionic://localhost',
      'tauri://localhost',
      'app://shop',
      'app://localhost:8080',
      `chrome-extension://${'abcdefghijklmnop'.repeat(2)}`,
      'moz-extension://8b6bd9a6-6c2b-4b5e-9a43-4b4f1b1b1b1b',
      'safari-web-extension://8B6BD9A6-6C2B-4B5E-9A43-4B4F1B1B1B1B',
      'http://[::1]:5173',
      'null',
    ].map(
      (origin) =>
        ['ALLOWED_ORIGINS', origin, ({ allowedOrigins }: Config) => allowedOrigins, [origin]] as [
          string,
          string,
          (config: Config) => unknown,
          unknown,
        ],
    ),
    ['GRAPHIQL', 'false', ({ graphiql }) => graphiql, false],
    ['GRAPHIQL', 'false', ({ introspection }) => introspection, true],
    ['INTROSPECTION', 'false', ({ introspection }) => introspection, false],
    ['ADMIN_USERNAME', 'root', ({ admin }) => admin.username, 'root'],
    ['ADMIN_EMAIL', 'a@b.example', ({ admin }) => admin.email, 'a@b.example'],
    ['ADMIN_PASSWORD', 'eight888', ({ admin }) => admin.password, 'eight888'],
    ['LOG_LEVEL', 'silent', ({ logLevel }) => logLevel, 'silent'],
  ])('%s=%s is read', (name, text, look, expected) => {
    expect(look(readConfig({ [name]: text }))).toEqual(expected)
  })
})

describe('a fault names its setting', { tags: ['K9'] }, () => {
  test.each<[string, string]>([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '4000.5'],
    ['PORT', '0x10'],
    ['PORT', 'http'],
    ['DATABASE_URL', 'file:'],
    ['DATABASE_URL', 'mysql://host/name'],
    ['DATABASE_URL', './data/x.db'],
    ['CACHE_URL', 'http://localhost'],
    ['CACHE_URL', 'redis://'],
    ['CACHE_URL', 'localhost:6379'],
    ['SECRET_KEY', 's'.repeat(31)],
    ['SECRET_KEY_FALLBACKS', `${secret},short`],
    ['SESSION_COOKIE_NAME', 'session id'],
    ['SESSION_COOKIE_NAME', 'session;id'],
    ['SESSION_COOKIE_NAME', 'session=id'],
    ['SESSION_COOKIE_NAME', 's\u00e9ssion'],
    ['SESSION_COOKIE_NAME', 'x'.repeat(129)],
    ['SESSION_COOKIE_AGE', '0'],
    ['SESSION_COOKIE_AGE', '34560001'],
    ['SESSION_COOKIE_AGE', '5m'],
    ['SESSION_REMEMBER_AGE', '0'],
    ['SESSION_ABSOLUTE_AGE', '-1'],
    ['SESSION_ABSOLUTE_AGE', '34560001'],
    ['SESSION_EXPIRE_AT_BROWSER_CLOSE', 'yes'],
    ['SESSION_COOKIE_SECURE', '1'],
    ['SESSION_COOKIE_SAMESITE', 'lax'],
    ['SESSION_COOKIE_DOMAIN', 'shop.example; Path=/'],
    ['SESSION_COOKIE_DOMAIN', 'https://shop.example'],
    ['SESSION_COOKIE_PATH', 'api'],
    ['SESSION_COOKIE_PATH', '/; Domain=evil.example'],
    ['SESSION_SAVE_EVERY_REQUEST', 'on'],
    ['AUTHENTICATION_BACKENDS', ','],
    ['REGISTRATION', 'invite'],
    ['ALLOWED_ORIGINS', 'https://shop.example/'],
    ['ALLOWED_ORIGINS', 'https://shop.example/path'],
    ['ALLOWED_ORIGINS', 'shop.example'],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'https://shop.example, https://SHOP.example'],
    ['TRUST_PROXY', 'true'],
    ['TRUST_PROXY', '-1'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '0.0.0.0/0'],
    ['TRUST_PROXY', '::/0'],
    ['TRUST_PROXY', '10.0.0'],
    ['TRUST_PROXY', '10.0.0.1, proxy.example'],
    ['TRUST_PROXY', ','],
    ['ALLOWED_ORIGINS', 'capacitor://localhost/'],
    ['ALLOWED_ORIGINS', 'CAPACITOR://localhost'],
    ['ALLOWED_ORIGINS', 'capacitor://LOCALHOST'],
    ['ALLOWED_ORIGINS', 'capacitor:localhost'],
    ['ALLOWED_ORIGINS', 'capacitor://'],
    ['ALLOWED_ORIGINS', 'tauri://user@localhost'],
    ['ALLOWED_ORIGINS', 'app://shop?x'],
    ['ALLOWED_ORIGINS', 'file:///index.html'],
    ['ALLOWED_ORIGINS', 'wss://shop.example'],
    ['ALLOWED_ORIGINS', 'https://shop.example:443'],
    ['ALLOWED_ORIGINS', 'https://m\u00fcnchen.example'],
    ['ALLOWED_HOSTS', 'https://shop.example'],
    ['ALLOWED_HOSTS', 'shop.example:4000'],
    ['ALLOWED_HOSTS', 'shop.example/graphql'],
    ['ALLOWED_HOSTS', 'shop example'],
    ['ALLOWED_HOSTS', '*.shop.example'],
    ['ALLOWED_HOSTS', '.'],
    ['ALLOWED_HOSTS', '::1'],
    ['ALLOWED_HOSTS', '[::1]:4000'],
    ['ALLOWED_HOSTS', '[::g]'],
    ['ALLOWED_HOSTS', 'm\u00fcnchen.example'],
    ['GRAPHIQL', 'maybe'],
    ['INTROSPECTION', 'maybe'],
    ['ADMIN_EMAIL', 'nowhere'],
    ['ADMIN_PASSWORD', 'seven77'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is a fault that names its setting', (name, text) => {
    expect(namesIn(faultsOf({ [name]: text }))).toEqual([name])
  })
})

test(
  'the start names every fault of the settings at once, also of settings that disagree',
  { tags: ['K9'] },
  () => {
    const faults = faultsOf({
      NODE_ENV: 'production',
      PORT: 'http',
      SESSION_COOKIE_AGE: 'soon',
      LOG_LEVEL: 'loud',
      SESSION_COOKIE_SECURE: 'false',
      SESSION_COOKIE_SAMESITE: 'None',
      SESSION_COOKIE_NAME: '__Host-sessionid',
      SESSION_COOKIE_DOMAIN: 'shop.example',
    })
    expect(namesIn(faults).sort()).toEqual([
      'LOG_LEVEL',
      'PORT',
      'SECRET_KEY',
      'SESSION_COOKIE_AGE',
      'SESSION_COOKIE_NAME',
      'SESSION_COOKIE_NAME',
      'SESSION_COOKIE_SAMESITE',
    ])
  },
)

test('the message of a ConfigError has a line for every fault, and shows no secret', () => {
  const environment = { PORT: 'http', SECRET_KEY: 'hunter2', ADMIN_PASSWORD: 'swordf1' }
  const error = new ConfigError(faultsOf(environment))
  expect(error.message.split('\n')).toEqual([
    'The configuration cannot be used:',
    '  PORT: A whole number from 0 to 65535.',
    '  SECRET_KEY: At least 32 bytes.',
    '  ADMIN_PASSWORD: At least 8 characters.',
  ])
})

describe('settings that cannot be kept together', { tags: ['K9', 'D12'] }, () => {
  const production = { NODE_ENV: 'production', SECRET_KEY: secret }
  const host = '__Host-sessionid'

  test.each<[string, Record<string, string>, string]>([
    ['production without SECRET_KEY', { NODE_ENV: 'production' }, 'SECRET_KEY'],
    ['the cache engine without CACHE_URL', { SESSION_ENGINE: 'cache' }, 'CACHE_URL'],
    ['the cached database without CACHE_URL', { SESSION_ENGINE: 'cached-database' }, 'CACHE_URL'],
    [
      'SameSite=None without Secure',
      { SESSION_COOKIE_SAMESITE: 'None' },
      'SESSION_COOKIE_SAMESITE',
    ],
    [
      'Partitioned without Secure',
      { SESSION_COOKIE_PARTITIONED: 'true' },
      'SESSION_COOKIE_PARTITIONED',
    ],
    [
      'SameSite=None without Secure, in production',
      { ...production, SESSION_COOKIE_SAMESITE: 'None', SESSION_COOKIE_SECURE: 'false' },
      'SESSION_COOKIE_SAMESITE',
    ],
    ['__Host- without Secure', { SESSION_COOKIE_NAME: host }, 'SESSION_COOKIE_NAME'],
    ['__Secure- without Secure', { SESSION_COOKIE_NAME: '__Secure-x' }, 'SESSION_COOKIE_NAME'],
    [
      'the prefix in capitals, which browsers honour, without Secure',
      { SESSION_COOKIE_NAME: '__SECURE-x' },
      'SESSION_COOKIE_NAME',
    ],
    [
      '__Host- with a domain',
      { ...production, SESSION_COOKIE_NAME: host, SESSION_COOKIE_DOMAIN: 'shop.example' },
      'SESSION_COOKIE_NAME',
    ],
    [
      '__Host- with a path',
      { ...production, SESSION_COOKIE_NAME: host, SESSION_COOKIE_PATH: '/api' },
      'SESSION_COOKIE_NAME',
    ],
  ])('settings that disagree are a fault: %s', (_what, environment, name) => {
    expect(namesIn(faultsOf(environment))).toEqual([name])
  })

  test.each<[string, Record<string, string>]>([
    ['production with SECRET_KEY', production],
    [
      'the cache engine with CACHE_URL',
      { SESSION_ENGINE: 'cache', CACHE_URL: 'redis://localhost' },
    ],
    [
      'the cached database with CACHE_URL',
      { SESSION_ENGINE: 'cached-database', CACHE_URL: 'memcached://localhost' },
    ],
    [
      'SameSite=None with Secure',
      { SESSION_COOKIE_SAMESITE: 'None', SESSION_COOKIE_SECURE: 'true' },
    ],
    ['SameSite=None in production', { ...production, SESSION_COOKIE_SAMESITE: 'None' }],
    ['__Host- in production', { ...production, SESSION_COOKIE_NAME: host }],
    [
      '__Secure- with a domain and a path',
      {
        ...production,
        SESSION_COOKIE_NAME: '__Secure-x',
        SESSION_COOKIE_DOMAIN: 'shop.example',
        SESSION_COOKIE_PATH: '/api',
      },
    ],
    ['a name that only contains a prefix', { SESSION_COOKIE_NAME: 'x__Host-' }],
  ])('settings that go together have no fault: %s', (_what, environment) => {
    expect(faultsOf(environment)).toEqual([])
  })
})

describe('readEnvironment', () => {
  const withFile = (text: string | null, look: (path: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-env-'))
    const path = join(folder, '.env')
    if (text !== null) writeFileSync(path, text)
    try {
      look(path)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  test('readEnvironment reads comments, quotes and blank lines of the .env file as other programs do', () => {
    withFile('# a comment\n\nCOATCHECK_A=1\nCOATCHECK_B="with # and space"\n', (path) => {
      expect(readEnvironment(path)).toEqual({
        ...process.env,
        COATCHECK_A: '1',
        COATCHECK_B: 'with # and space',
      })
    })
  })

  test('a variable of the environment wins over the .env file', () => {
    withFile('PATH=/nowhere\nCOATCHECK_ONLY_IN_THE_FILE=yes\n', (path) => {
      const environment = readEnvironment(path)
      expect(process.env['PATH']).toBeTruthy()
      expect(environment['PATH']).toBe(process.env['PATH'])
      expect(environment['COATCHECK_ONLY_IN_THE_FILE']).toBe('yes')
    })
  })

  test('readEnvironment leaves process.env as it is', () => {
    withFile('COATCHECK_ONLY_IN_THE_FILE=yes\n', (path) => {
      readEnvironment(path)
      expect(process.env['COATCHECK_ONLY_IN_THE_FILE']).toBeUndefined()
    })
  })

  test('readEnvironment needs no .env file', () => {
    withFile(null, (path) => expect(readEnvironment(path)).toEqual({ ...process.env }))
  })
})

describe('a name that looks like a setting and is none is told with the nearest setting', () => {
  test.each([
    ['SESION_ENGINE', 'SESSION_ENGINE'],
    ['ALLOWED_ORIGIN', 'ALLOWED_ORIGINS'],
    ['ALLOWED_HOST', 'ALLOWED_HOSTS'],
    ['SECRET_KEYS', 'SECRET_KEY'],
    ['session_engine', 'SESSION_ENGINE'],
    ['Port', 'PORT'],
    ['SESSION-ENGINE', 'SESSION_ENGINE'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['CACHE_URI', 'CACHE_URL'],
    ['LOGLEVEL', 'LOG_LEVEL'],
    ['TRUST_PROXYS', 'TRUST_PROXY'],
    ['SESSION_COOKIE_TIMEOUT', 'SESSION_COOKIE_NAME'],
    ['HTTP_MAX_CONNECTION', 'HTTP_MAX_CONNECTIONS'],
  ])('%s is no setting, and the warning names %s', (mistyped, nearest) => {
    const [warning, ...more] = findMistyped({ [mistyped]: 'hunter2' })
    expect(warning).toMatch(new RegExp(`^${mistyped} is no setting.*Did you mean [A-Z_]+\\?$`))
    if (!mistyped.endsWith('TIMEOUT')) expect(warning).toContain(`mean ${nearest}?`)
    expect([more, warning?.includes('hunter2')]).toEqual([[], false])
  })

  test.each([
    ['GRAPHQL_MAX_ALIASES', '50', '30'],
    ['HTTP_MAX_HEADER_SIZE', '65536', '16384'],
    ['SESSION_COOKIE_HTTPONLY', 'false', 'true'],
  ])(
    'a start that sets %s, which is no longer a setting, warns with the value that it always has',
    (name, given, always) => {
      expect(findMistyped({ [name]: given })).toEqual([
        `${name} is no longer a setting, and is ignored: it is always ${always}.`,
      ])
    },
  )

  test('names of other programs and names of settings are not reported as mistyped', () => {
    const others = [
      'PATH HOME HOSTNAME HOSTTYPE PWD TERM LANG USER SHELL LOGNAME PS1 _ EDITOR PORTS TMPDIR',
      'HTTP_PROXY HTTPS_PROXY http_proxy NO_PROXY NODE_OPTIONS npm_config_loglevel NODE_PATH',
      'SESSION_MANAGER DESKTOP_SESSION XDG_SESSION_ID DBUS_SESSION_BUS_ADDRESS SECRET_KEY_BASE',
      'REDIS_URL POSTGRES_PASSWORD PGHOST VITE_GRAPHQL_URL KUBERNETES_SERVICE_PORT AWS_REGION',
    ].flatMap((line) => line.split(' '))
    expect(findMistyped(Object.fromEntries(others.map((name) => [name, 'x'])))).toEqual([])
    const settings = { PORT: '1', NODE_ENV: 'x', SUPERUSER_PASSWORD: 'x', SESSION_ENGINE: 'x' }
    expect(findMistyped(settings)).toEqual([])
  })
})

describe('a .env file is read as people write it', () => {
  test.each<[string, Buffer]>([
    ['with a byte order mark', Buffer.from('\ufeffPORT=4711\nLOG_LEVEL=warn\n')],
    [
      'in UTF-16, as PowerShell writes it',
      Buffer.from('\ufeffPORT=4711\r\nLOG_LEVEL=warn\r\n', 'utf16le'),
    ],
    ['with the line ends of Windows', Buffer.from('PORT=4711\r\nLOG_LEVEL=warn\r\n')],
    ['with export, and spaces', Buffer.from('export PORT=4711\n  export  LOG_LEVEL = warn\n')],
    ['with quotes and comments', Buffer.from('# a\nPORT="4711" # b\n LOG_LEVEL=\'warn\'')],
  ])('readEnvironment reads a file %s', (_how, bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-env-'))
    writeFileSync(join(folder, '.env'), bytes)
    const { port, logLevel } = readConfig(readEnvironment(join(folder, '.env')))
    rmSync(folder, { recursive: true })
    expect([port, logLevel]).toEqual([4711, 'warn'])
  })

  test('a value that kept its quotes, as in an --env-file of Docker, loses them, except a secret', () => {
    const config = readConfig({ PORT: '"4711"', SECRET_KEY: `"${secret}"` })
    expect([config.port, config.secretKey]).toEqual([4711, `"${secret}"`])
  })
})

test('in production, GraphiQL opens the schema to no caller', () => {
  const production = { NODE_ENV: 'production', SECRET_KEY: secret, GRAPHIQL: 'true' }
  expect(readConfig(production).introspection).toBe(false)
})
