import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { createPasswordHasher } from '../../src/auth/passwords/password.ts'
import { passwordFaults } from '../../src/auth/users/password-rules.ts'
import { password } from '../harness.ts'

const faultsOf = async (wanted: string, username = 'ada', minLength = 8) =>
  (await passwordFaults({ username, password: wanted, minLength })).map(({ message }) => message)

const short = 'At least 8 characters.'
const long = 'At most 1,024 bytes.'
const illFormed = 'Not well-formed text.'
const common = 'Not one of the most common passwords.'
const name = 'Not the username.'

test(
  'a password that no guesser tries first has no fault, whatever characters it is made of',
  { tags: ['D6'] },
  async () => {
    for (const good of [
      password,
      'correct horse battery',
      'qzjvkwxy',
      '🐎🔋🐎🔋🐎🔋🐎🔋',
      '        x',
    ])
      expect([good, await faultsOf(good)]).toEqual([good, []])
  },
)

test.each<[string, string[]]>([
  ['', [short]],
  ['xq7!vK2', [short]],
  ['password', [common]],
  ['PassWord1', [common]],
  ['1234567890', [common]],
  ['x'.repeat(1025), [long]],
  ['é'.repeat(513), [long]],
  ['correct horse \ud800 staple', [illFormed]],
  ['ada', [short, name]],
  ['\ud800', [short, illFormed]],
])('the password %j breaks %j', { tags: ['D6', 'D10'] }, async (wanted, faults) => {
  expect(await faultsOf(wanted)).toEqual(faults)
})

test('the longest password has 1,024 bytes', { tags: ['D6'] }, async () => {
  expect(await faultsOf('é'.repeat(512))).toEqual([])
})

test('a password gets one message for each broken rule', async () => {
  expect(await faultsOf('Qwertyuiop', 'qwertyuiop', 12)).toEqual([
    'At least 12 characters.',
    name,
    common,
  ])
})

test(
  'a password may not be the username, in every spelling that reads the same',
  { tags: ['D10'] },
  async () => {
    for (const wanted of ['Lovelace.ada', 'LOVELACE.ADA', 'ｌovelace.ada'])
      expect([wanted, await faultsOf(wanted, 'lovelace.ada')]).toEqual([wanted, [name]])
  },
)

test('an empty password is too short, and gets no message about the username', async () => {
  expect(await faultsOf('', '')).toEqual([short])
})

test(
  'the characters of a password are counted in the form that is hashed',
  { tags: ['D6'] },
  async () => {
    expect(await faultsOf('e\u0301'.repeat(7))).toEqual([short])
    expect(await faultsOf('e\u0301'.repeat(8))).toEqual([])
    expect(await faultsOf('🐎'.repeat(7))).toEqual([short])
  },
)

test('the rules look at the whole password: a common beginning is fine, and so is a common end', async () => {
  expect(await faultsOf(`password${'x'.repeat(80)}`)).toEqual([])
  expect(await faultsOf(`${'x'.repeat(80)}password`)).toEqual([])
})

test('a password without a fault can be hashed', { tags: ['D6'] }, async () => {
  const hasher = createPasswordHasher()
  // The form that is hashed is the longer one of the first, and the shorter one of the second.
  for (const wanted of ['\u0958'.repeat(341), 'e\u0301'.repeat(341)]) {
    expect(await faultsOf(wanted)).toEqual([])
    expect(await hasher.verify(await hasher.hash(wanted), wanted)).toBe(true)
  }
})

test('the list of common passwords is in small letters and NFC, which is how the rules search it', async () => {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  const list = dictionary['passwords-common']
  expect(list.length).toBeGreaterThan(40_000)
  expect(list.filter((word) => word !== word.normalize('NFC').toLowerCase())).toEqual([])
})

// Of the built program: a test's own modules are loaded by vitest.
test('the list of common passwords is loaded by the first check and not before', () => {
  const look = `
    const { createRequire } = await import('node:module')
    const { passwordFaults } = await import('./dist/auth/users/password-rules.js')
    const { cache } = createRequire(import.meta.url)
    const isLoaded = () => Object.keys(cache).some((path) => path.includes('@zxcvbn-ts'))
    const before = isLoaded()
    await passwordFaults({ username: 'ada', password: 'correct horse', minLength: 8 })
    console.log(before, isLoaded())`
  const words = ['--input-type=module', '--no-warnings', '--eval', look]
  expect(execFileSync(process.execPath, words, { encoding: 'utf8' })).toBe('false true\n')
})
