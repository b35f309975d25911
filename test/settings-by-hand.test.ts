import { expect, test } from 'vitest'
import { examineSettings } from '../src/config/by-hand.ts'
import type { Settings } from '../src/config/by-hand.ts'
import { readConfig } from '../src/config/config.ts'

/** What is wrong with settings that a program wrote. It need not have been checked by a compiler. */
function faultsOf(given: unknown): readonly string[] {
  return examineSettings(given as Settings, {}).faults
}

test('settings written by hand are the defaults where they say nothing', () => {
  expect(examineSettings({}, {}).config).toEqual(readConfig({}))
  expect(examineSettings({ port: undefined, cookie: { name: undefined } }, {}).config).toEqual(
    readConfig({}),
  )
})

test('settings written by hand come to what the same settings in the environment do', () => {
  const byHand = examineSettings(
    {
      databaseUrl: 'file:./shop.db',
      port: 0,
      secretKeyFallbacks: ['a'.repeat(32), 'b'.repeat(32)],
      cookie: { name: 'shop', sameSite: 'Strict' },
      policy: { expireAtBrowserClose: true },
      trustProxy: ['10.0.0.0/8', 'loopback'],
      allowedHosts: [],
      authenticationBackends: ['email', 'password'],
      admin: { password: ' with spaces ' },
      production: true,
      secretKey: 's'.repeat(32),
    },
    {},
  )
  expect(byHand.config).toEqual(
    readConfig({
      DATABASE_URL: 'file:./shop.db',
      PORT: '0',
      SECRET_KEY_FALLBACKS: `${'a'.repeat(32)},${'b'.repeat(32)}`,
      SESSION_COOKIE_NAME: 'shop',
      SESSION_COOKIE_SAMESITE: 'Strict',
      SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true',
      TRUST_PROXY: '10.0.0.0/8,loopback',
      AUTHENTICATION_BACKENDS: 'email,password',
      ADMIN_PASSWORD: ' with spaces ',
      NODE_ENV: 'production',
      SECRET_KEY: 's'.repeat(32),
    }),
  )
})

test('what readSettings has read is taken as it is', () => {
  const read = readConfig({
    NODE_ENV: 'production',
    SECRET_KEY: 's'.repeat(32),
    TRUST_PROXY: '2',
    ALLOWED_HOSTS: '.Shop.example,[0::1]',
    SESSION_STAFF_AGE: '60',
  })
  expect(examineSettings(read, {}).config).toEqual(read)
})

test('every fault of settings written by hand is named at once, by the sentences of the environment', () => {
  const faults = faultsOf({
    databaseURL: 'file:./shop.db',
    port: 80.5,
    cookie: { nam: 'x', name: 'two words', httpOnly: false },
    policy: 300,
    limits: { aliases: 40 },
    authenticationBackends: [],
    sessionEngine: 'cache',
    secretKey: { text: 'x' },
  })
  expect(faults).toEqual([
    'settings.databaseURL is no setting. Did you mean databaseUrl (DATABASE_URL)?',
    'settings.cookie.nam is no setting. Did you mean cookie.name (SESSION_COOKIE_NAME)?',
    'settings.cookie.httpOnly (SESSION_COOKIE_HTTPONLY) is no longer a setting: it is always true.',
    'settings.policy: An object of settings.',
    'settings.limits.aliases (GRAPHQL_MAX_ALIASES) is no longer a setting: it is always 30.',
    'settings.port (PORT): A whole number from 0 to 65535.',
    'settings.secretKey (SECRET_KEY): At least 32 bytes.',
    'settings.cookie.name (SESSION_COOKIE_NAME): Letters, digits and the marks of an RFC 6265 token.',
    'settings.authenticationBackends (AUTHENTICATION_BACKENDS): At least one.',
    'CACHE_URL: Needed by SESSION_ENGINE=cache.',
  ])
})

test.each([['toString'], ['__proto__'], ['constructor']])(
  'a name that every object has is no setting: %s',
  (name) => {
    expect(faultsOf(JSON.parse(`{"${name}": {"x": 1}}`))).toEqual([
      `settings.${name} is no setting. docs/settings.md has them all.`,
    ])
  },
)

test.each([
  ['sessionCookieAge', 'Did you mean policy.age (SESSION_COOKIE_AGE)?'],
  ['SESSION_COOKIE_AGE', 'Did you mean policy.age (SESSION_COOKIE_AGE)?'],
  ['sameSite', 'Did you mean cookie.sameSite (SESSION_COOKIE_SAMESITE)?'],
  ['remeberAge', 'Did you mean rememberAge (SESSION_REMEMBER_AGE)?'],
  ['colour', 'docs/settings.md has them all.'],
  ['x'.repeat(101), 'docs/settings.md has them all.'],
])(
  'what is no setting is told with the nearest one, or where all of them are: %s',
  (name, advice) => {
    expect(faultsOf({ [name]: 1 })).toEqual([`settings.${name} is no setting. ${advice}`])
  },
)

test('a fault has the name in a program only where the program has made it', () => {
  const { faults } = examineSettings({ port: -1, host: 'here' }, { PORT: '-2', LOG_LEVEL: 'loud' })
  expect(faults).toEqual([
    'PORT: A whole number from 0 to 65535.',
    'LOG_LEVEL: A level such as info or debug.',
  ])
})

test('the environment wins over settings written by hand, and what it leaves empty says nothing', () => {
  const { config } = examineSettings(
    { port: 5000, host: '0.0.0.0', cookie: { name: 'ours' } },
    { PORT: '6000', HOST: ' ', SESSION_COOKIE_NAME: undefined },
  )
  expect(config).toMatchObject({ port: 6000, host: '0.0.0.0', cookie: { name: 'ours' } })
})
