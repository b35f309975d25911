import { badInput, data, fieldError, refusal } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const refused = refusal('INVALID_INPUT')
const began = (content: unknown): Expected => ({ ...data(content), begins: true })
const inLists = (depth: number, core: unknown = 1): unknown =>
  depth === 0 ? core : [inLists(depth - 1, core)]
const inObjects = (depth: number): unknown => (depth === 0 ? 1 : { a: inObjects(depth - 1) })
const proto = (json: string): unknown => JSON.parse(json)

const setValue =
  'mutation ($key: String!, $value: JSON!) { setSessionValue(key: $key, value: $value) { ... on SessionSuccess { session { keys value(key: $key) } } ... on Error { code } } }'

const keys: [attack: string, key: string][] = [
  ['nothing', ''],
  ['the prototype', '__proto__'],
  ['the user of Django', '_auth_user_id'],
  ['the hash of Django', '_auth_user_hash'],
  ['the expiry of Django', '_session_expiry'],
  ['a space inside', 'a b'],
  ['a space behind', 'a '],
  ['a line end behind', 'a\n'],
  ['a NUL', 'a\0'],
  ['65 characters', 'a'.repeat(65)],
  ['90,000 characters', 'a'.repeat(90_000)],
  ['a digit in front', '1a'],
  ['a letter of another alphabet', 'а'],
  ['a letter in full width', 'ａ'],
  ['an emoji', '🧥'],
  ['a path', '../../etc/passwd'],
  ['an operator of MongoDB', '$where'],
  ['a wildcard', '%'],
  ['a quote', "a'b"],
  ['a list', 'a[0]'],
  ['commands of Memcached', 'a\r\nflush_all\r\n'],
]
const goodKeys = [
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'cart',
  'preferences',
  'values',
  'auth',
  'a'.repeat(64),
]

const badValues: [attack: string, value: unknown][] = [
  ['17 lists in each other', inLists(17)],
  ['17 objects in each other', inObjects(17)],
  ['a NUL in a text', 'a\0b'],
  ['a NUL in a text in a list', ['a', ['\0']]],
  ['a NUL in a name', { 'a\0': 1 }],
  ['half a character', 'a\ud800'],
  ['half a character in a name', { '\udfff': 1 }],
  ['a prototype', proto('{"__proto__":{"isStaff":true}}')],
  ['a prototype in a list', proto('[{"__proto__":1}]')],
  ['a prototype in objects', proto('{"a":{"b":{"__proto__":null}}}')],
]

const goodValues: [attack: string, value: unknown][] = [
  ['16 lists in each other', inLists(16)],
  ['a constructor with a prototype', { constructor: { prototype: { isStaff: true } } }],
  ['a toJSON and a then', proto('{"toJSON":"x","then":"y"}')],
  ['a length', { length: 4_294_967_295, 0: 'x' }],
  ['an operator of MongoDB', { $ne: null, $where: 'sleep(1000)' }],
  [
    'a type of a serializer',
    { $type: 'System.Diagnostics.Process', '@type': 'java.lang.Runtime', __class__: 'os.system' },
  ],
  [
    'what the server keeps',
    { auth: { userId: '<<USER_ID>>', epoch: 0, backend: 'password' }, expiresAt: 9e15 },
  ],
  ['SQL', "x'; DROP TABLE x; --"],
  ['a script', '</script><script>alert(1)</script>'],
  ['separators of lines', 'a\u2028b\u2029c\u0085d'],
  ['text that reads backwards', '\u202eabc\u2066'],
  ['a table that is a formula', '=cmd|"/c calc"!A1'],
  ['an object with an empty name', { '': '' }],
  ['the largest number', Number.MAX_VALUE],
  ['the smallest number', Number.MIN_VALUE],
  ['a whole number that is still exact', Number.MAX_SAFE_INTEGER],
]

const tooLarge: [attack: string, value: unknown][] = [
  ['70,000 characters', 'x'.repeat(70_000)],
  ['33,000 characters in 66,000 bytes', 'é'.repeat(33_000)],
  ['17,000 nulls in a list', Array.from({ length: 17_000 }, () => null)],
]

const literals: [attack: string, value: string, expect: Expected][] = [
  ['480 lists in each other', `${'['.repeat(470)}1${']'.repeat(470)}`, refused],
  ['a prototype', '{ __proto__: { isStaff: true } }', refused],
  ['a NUL in an escape', '"a\\u0000"', refused],
  ['a number past the largest', '1e999', refused],
  ['a number below the least', '[-1e999]', refused],
  ['null', 'null', badInput],
]

const updatePreferences =
  'mutation ($input: PreferencesInput!) { updatePreferences(input: $input) { __typename ... on Error { code } } }'
const preferences: [attack: string, input: object][] = [
  ['a locale of nothing', { locale: '' }],
  ['a locale of a path', { locale: '../../etc/passwd' }],
  ['a locale with an underscore', { locale: 'en_US' }],
  ['a locale with a NUL', { locale: 'en\0' }],
  ['a locale of 101 characters', { locale: `en-${'abcdefg-'.repeat(12)}ab` }],
  ['a locale of 90,000 characters', { locale: `en${'-abcdefg'.repeat(11_000)}` }],
  ['a locale with a variant twice', { locale: 'de-1996-1996' }],
  ['a locale that is a wildcard', { locale: '*' }],
  ['a locale of the prototype', { locale: '__proto__' }],
  ['a time zone of nothing', { timeZone: '' }],
  ['a time zone of a path', { timeZone: '../../../etc/passwd' }],
  ['a time zone of a path behind a continent', { timeZone: 'Europe/../../../etc/passwd' }],
  ['a time zone with a NUL', { timeZone: 'UTC\0' }],
  ['a time zone of an offset', { timeZone: '+01:00' }],
  ['a time zone of the prototype', { timeZone: 'constructor' }],
  ['a time zone of 90,000 characters', { timeZone: 'A'.repeat(90_000) }],
  ['a currency of nothing', { currency: '' }],
  ['a currency of a sign', { currency: '€' }],
  ['a currency of four letters', { currency: 'EURO' }],
  ['a currency that no country has', { currency: 'ZZZ' }],
  ['a currency with a letter that grows', { currency: '\ufb03' }],
  ['a currency of the prototype', { currency: '__proto__' }],
]

const expiry =
  'mutation ($seconds: Int) { setSessionExpiry(seconds: $seconds) { __typename ... on Error { code } } }'
const expiries: [seconds: unknown, expect: Expected][] = [
  [-1, refused],
  [-2_147_483_648, refused],
  [2_592_001, refused],
  [2_147_483_647, refused],
  [2_147_483_648, badInput],
  [0.5, badInput],
  ['300', badInput],
  ['Infinity', badInput],
]

const others: readonly Hostile[] = [
  {
    attack: 'a number past the largest, as JSON',
    body: JSON.stringify({ query: setValue, variables: { key: 'a', value: '#' } }).replace(
      '"#"',
      '1e999',
    ),
    expect: refused,
  },
  {
    attack: 'a value of the prototype that is not there',
    as: 'user',
    document:
      'mutation { deleteSessionValue(key: "__proto__") { ... on SessionSuccess { session { value(key: "__proto__") } } } }',
    expect: data({ deleteSessionValue: { session: { value: null } } }),
  },
  {
    attack: 'a value that is deep only as a default, which is kept nowhere',
    document: `{ session { value(key: "x", default: ${'['.repeat(20)}1${']'.repeat(20)}) isEmpty } }`,
    expect: data({ session: { value: inLists(20), isEmpty: true } }),
  },
  {
    attack: 'ten values of 40,000 bytes together',
    document: `mutation ($v: JSON!) { ${Array.from({ length: 10 }, (_, n) => `v${n}: setSessionValue(key: "k${n}", value: $v) { __typename }`).join(' ')} }`,
    variables: { v: 'x'.repeat(40_000) },
    expect: began(
      Object.fromEntries(
        Array.from({ length: 10 }, (_, n) => [
          `v${n}`,
          { __typename: n === 0 ? 'SessionSuccess' : 'SessionTooLargeError' },
        ]),
      ),
    ),
  },
  {
    attack: 'a staff field after a value that says one is staff',
    as: 'user',
    document:
      'query ($v: JSON) { session { value(key: "isStaff", default: $v) } sessionStats { active } }',
    variables: { v: proto('{"__proto__":{"isStaff":true}}') },
    expect: fieldError('FORBIDDEN'),
  },
]

/** Values: keys, JSON and preferences that break a rule, or only look as if they did. */
export const values: readonly Hostile[] = [
  ...keys.map(([attack, key]): Hostile => {
    return {
      attack: `a key of ${attack}`,
      shows: ['J2'],
      document: setValue,
      variables: { key, value: 1 },
      expect: refused,
    }
  }),
  ...goodKeys.map((key): Hostile => {
    return {
      attack: `the key ${key}, which is a name like any other`,
      document: setValue,
      variables: { key, value: 1 },
      expect: began({ setSessionValue: { session: { keys: [key], value: 1 } } }),
    }
  }),
  ...badValues.map(([attack, value]): Hostile => {
    return {
      attack: `a value with ${attack}`,
      shows: ['J1', 'J3'],
      document: setValue,
      variables: { key: 'a', value },
      expect: refused,
    }
  }),
  ...goodValues.map(([attack, value]): Hostile => {
    return {
      attack: `a value with ${attack}, which is data`,
      shows: ['J4', 'J6'],
      document: setValue,
      variables: { key: 'a', value },
      expect: began({ setSessionValue: { session: { keys: ['a'], value } } }),
    }
  }),
  ...tooLarge.map(([attack, value]): Hostile => {
    return {
      attack: `a value of ${attack}`,
      shows: ['J3', 'H12'],
      document: setValue,
      variables: { key: 'a', value },
      expect: refusal('SESSION_TOO_LARGE'),
    }
  }),
  ...literals.map(([attack, value, expect]): Hostile => {
    return {
      attack: `a literal with ${attack}`,
      shows: ['J1'],
      document: `mutation { setSessionValue(key: "a", value: ${value}) { __typename ... on Error { code } } }`,
      expect,
    }
  }),
  ...preferences.map(([attack, input]): Hostile => {
    return { attack, document: updatePreferences, variables: { input }, expect: refused }
  }),
  ...expiries.map(([seconds, expect]): Hostile => {
    return {
      attack: `an expiry of ${JSON.stringify(seconds)}`,
      as: 'user',
      document: expiry,
      variables: { seconds },
      expect,
    }
  }),
  ...others,
]
