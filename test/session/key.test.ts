import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createKey, idOf, parseId, parseKey } from '../../src/session/key.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const body = 'x'.repeat(42)
const key = parseKey(`${body}A`)!

test('a key is 32 bytes in 43 characters of base64url', { tags: ['A1'] }, () => {
  const made = createKey()
  expect(made).toMatch(/^[A-Za-z0-9_-]{43}$/)
  expect(Buffer.from(made, 'base64url')).toHaveLength(32)
})

test('a thousand keys are all different, and parseKey gives each back unchanged', () => {
  const made = Array.from({ length: 1000 }, createKey)
  expect(new Set(made).size).toBe(1000)
  expect(made.map(parseKey)).toEqual(made)
})

test('the last character of a key is one of the sixteen that 32 bytes can end in', () => {
  const ends = [...alphabet].filter((end) => parseKey(body + end) !== null)
  const canonical = [...alphabet].filter(
    (end) => Buffer.from(body + end, 'base64url').toString('base64url') === body + end,
  )
  expect(ends).toEqual(canonical)
  expect(ends).toHaveLength(16)
})

test.each<[string, string]>([
  ['nothing', ''],
  ['one character less', key.slice(1)],
  ['one character more', `x${key}`],
  ['padding', `${key}=`],
  ['a line break after it', `${key}\n`],
  ['a line break before it', `\n${key}`],
  ['a space around it', ` ${key} `],
  ['quotes around it', `"${key}"`],
  ['a key on the next line', `x\n${key}`],
  ['two keys', key + key],
  ['a thousand characters', 'A'.repeat(1000)],
  ['a session id', idOf(key)],
])('%s is not read as a key', (_what, value) => {
  expect(parseKey(value)).toBeNull()
})

test('a character outside the alphabet makes no key, wherever it stands', () => {
  const others = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(
    (character) => !alphabet.includes(character),
  )
  const spoilt = [...others, '\uff21', '\u017f', '\u212a'].flatMap((character) =>
    Array.from({ length: 43 }, (_, at) => key.slice(0, at) + character + key.slice(at + 1)),
  )
  expect(spoilt).toHaveLength(195 * 43)
  expect(spoilt.filter((value) => parseKey(value) !== null)).toEqual([])
})

test('the id is SHA-256 of the key as it stands in the cookie, in hex', () => {
  const made = createKey()
  expect(idOf(made)).toBe(createHash('sha256').update(made, 'ascii').digest('hex'))
  expect(idOf(parseKey('A'.repeat(43))!)).toBe(
    '0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a',
  )
})

test('another key has another id', () => {
  expect(idOf(parseKey(`${body}E`)!)).not.toBe(idOf(key))
})

test('parseId gives the id of a session back unchanged', () => {
  const id = idOf(createKey())
  expect(parseId(id)).toBe(id)
})

test.each<[string, string]>([
  ['nothing', ''],
  ['63 digits', 'a'.repeat(63)],
  ['65 digits', 'a'.repeat(65)],
  ['capitals', 'A'.repeat(64)],
  ['a letter past f', `${'a'.repeat(63)}g`],
  ['a line break after it', `${'a'.repeat(64)}\n`],
  ['a way out of a folder', `../${'a'.repeat(61)}`],
  ['a key', key],
])('%s is not read as an id', (_what, text) => {
  expect(parseId(text)).toBeNull()
})
