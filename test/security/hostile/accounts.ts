import { badInput, data, fieldError, refusal } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const pick = '{ __typename ... on Error { code } }'
const notIn = refusal('INVALID_CREDENTIALS')
/** Normalising all of them would take seconds. */
const marks = `a${'\u0301'.repeat(24_000)}${'\u0316'.repeat(24_000)}`

const register = `mutation ($username: String!, $password: String!, $email: String) { register(input: { username: $username, password: $password, email: $email }) { __typename ... on RegisterSuccess { user { username isStaff } } ... on Error { code } } }`
const good = 'correct horse battery'
const refused = refusal('INVALID_INPUT')
const taken = refusal('USERNAME_TAKEN')

const registrations: [attack: string, variables: object, expect?: Expected][] = [
  ['no username', { username: '', password: good }],
  ['a username of a space', { username: ' ', password: good }],
  ['a username of 151 characters', { username: 'x'.repeat(151), password: good }],
  ['a username of 90,000 characters', { username: 'x'.repeat(90_000), password: good }],
  [
    'a username that grows past 150 characters when it is normalised',
    { username: '\u3300'.repeat(40), password: good },
  ],
  ['a username of 48,000 marks to put in order', { username: marks, password: good }],
  ['a password of 48,000 marks to put in order', { username: 'marks', password: marks }],
  ['a username with a NUL', { username: 'admin\0', password: good }],
  ['a username with a line', { username: 'x\r\n{"level":60,"forged":true}', password: good }],
  ['a username with a line separator', { username: 'x\u2028y', password: good }],
  ['a username with a control of C1', { username: 'x\u0085y', password: good }],
  ['a username with colours of a terminal', { username: '\u001b[31mroot', password: good }],
  ['a username that reads backwards', { username: 'x\u202enimda', password: good }],
  ['a username with a joiner of no width', { username: 'ad\u200dmin', password: good }],
  ['a username with a soft hyphen', { username: 'ad\u00admin', password: good }],
  ['a username with a tag that no reader sees', { username: 'admin\u{e0041}', password: good }],
  ['a username for private use', { username: 'admin\ue000', password: good }],
  ['a username of an emoji', { username: '🧥', password: good }],
  ['a username with a quote', { username: "o'; --", password: good }],
  ['a username that is a script', { username: '<script>alert(1)</script>', password: good }],
  ['a username that is a path', { username: '../../etc/passwd', password: good }],
  ['a username with half a character', { username: 'x\udc00', password: good }],
  ['the username of another user in capitals', { username: 'ADMIN', password: good }, taken],
  ['the username of another user in full width', { username: 'ａｄｍｉｎ', password: good }, taken],
  ['the username of another user in bold', { username: '𝐚𝐝𝐦𝐢𝐧', password: good }, taken],
  [
    'the username of another user with a superscript',
    { username: 'mallor\u02b8', password: good },
    taken,
  ],
  [
    'a username of the prototype',
    { username: '__proto__', password: good },
    {
      ...data({
        register: {
          __typename: 'RegisterSuccess',
          user: { username: '__proto__', isStaff: false },
        },
      }),
      begins: true,
    },
  ],
  [
    'a username that every object has',
    { username: 'constructor', password: good },
    {
      ...data({
        register: {
          __typename: 'RegisterSuccess',
          user: { username: 'constructor', isStaff: false },
        },
      }),
      begins: true,
    },
  ],
  ['no password', { username: 'neu1', password: '' }],
  ['a password of 7 characters', { username: 'neu2', password: 'sdf8J_e' }],
  ['a password of 8 code units and 4 characters', { username: 'neu3', password: '🧥🧥🧥🧥' }],
  ['the most common password', { username: 'neu4', password: 'password' }],
  ['the username as the password', { username: 'neumeister', password: 'NEUMEISTER' }],
  ['a password of 1,025 bytes', { username: 'neu5', password: 'x'.repeat(1025) }],
  ['a password of 90,000 bytes', { username: 'neu6', password: 'x'.repeat(90_000) }],
  ['a password with half a character', { username: 'neu7', password: `${good}\ud800` }],
  [
    'a header in the e-mail address',
    { username: 'neu8', password: good, email: 'a@b.example\r\nBcc: all@b.example' },
  ],
  ['a NUL in the e-mail address', { username: 'neu9', password: good, email: 'a\0@b.example' }],
  ['two addresses', { username: 'neu10', password: good, email: 'a@b.example,c@d.example' }],
  [
    'an e-mail address of 90,000 characters',
    { username: 'neu11', password: good, email: `a@${'b'.repeat(90_000)}` },
  ],
  [
    'an operator as e-mail address',
    { username: 'neu12', password: good, email: { contains: '' } },
    badInput,
  ],
]

const change = `mutation ($a: String!, $b: String!) { changePassword(input: { currentPassword: $a, newPassword: $b }) ${pick} }`

const changes: readonly Hostile[] = [
  {
    attack: 'another password, from a guest',
    document: change,
    variables: { a: 'x', b: good },
    expect: fieldError('UNAUTHENTICATED'),
  },
  {
    attack: 'another password without the old one',
    as: 'user',
    document: change,
    variables: { a: '', b: good },
    expect: notIn,
  },
  {
    attack: 'another password with a wrong old one',
    as: 'user',
    document: change,
    variables: { a: 'guess', b: good },
    expect: notIn,
  },
  {
    attack: 'another password with an old one of 90,000 bytes',
    as: 'user',
    document: change,
    variables: { a: 'x'.repeat(90_000), b: good },
    expect: notIn,
  },
  {
    attack: 'another password with an operator for the old one',
    as: 'user',
    document: change,
    variables: { a: { not: '' }, b: good },
    expect: badInput,
  },
  {
    attack: 'an empty password',
    as: 'user',
    document: change,
    variables: { a: '<<PASSWORD>>', b: '' },
    expect: refused,
  },
  {
    attack: 'another password of 90,000 bytes',
    as: 'user',
    document: change,
    variables: { a: '<<PASSWORD>>', b: 'x'.repeat(90_000) },
    expect: refused,
  },
  {
    attack: 'the username as another password',
    as: 'user',
    document: change,
    variables: { a: '<<PASSWORD>>', b: 'Mallory' },
    expect: refused,
  },
]

/** Registrations and changes of password. */
export const accounts: readonly Hostile[] = [
  ...registrations.map(([attack, variables, expect = refused]): Hostile => {
    return { attack: `registration: ${attack}`, document: register, variables, expect }
  }),
  ...changes,
]
