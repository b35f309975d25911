import { describe, expect, test } from 'vitest'
import { startClocks } from '../../src/session/record/expiry.ts'
import { decodeRecord, encodeRecord } from '../../src/session/record/record.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'

const policy = { age: 300, absoluteAge: 3600, expireAtBrowserClose: false }
const record: SessionRecord = {
  ...startClocks(null, policy, Date.UTC(2026, 0, 15)),
  auth: { userId: 'u1', epoch: 3, backend: 'password' },
  data: { values: { text: 'caf\u00e9 \u{1f9e5} "quoted" \u2028', list: [1, 0.5, null, [], {}] } },
}

describe('what was encoded decodes as it was', () => {
  test.each<[string, Partial<SessionRecord>]>([
    ['with everything', {}],
    ['of a guest', { auth: null }],
    ['without data', { data: {} }],
    ['with its own seconds', { expiry: 60 }],
    ['until the browser closes', { expiry: 'browser' }],
    ['with a fixed instant', { expiry: { at: 1_768_500_000_000 } }],
    ['without an absolute end', { absoluteExpiresAt: null }],
    ['with a name that objects have anyway', { data: { constructor: 'x', toString: 1 } }],
  ])('a record decodes as it was encoded: %s', (_what, part) => {
    const whole = { ...record, ...part }
    expect(decodeRecord(encodeRecord(whole))).toEqual(whole)
  })
})

test('decoding a record leaves out what a newer release wrote beside it', () => {
  const text = JSON.stringify({ ...record, colour: 'red' })
  expect(decodeRecord(text)).toEqual(record)
})

describe('damaged text decodes to null', () => {
  const text = encodeRecord(record)

  test('a record that is cut off anywhere decodes to null', () => {
    const cuts = Array.from({ length: text.length }, (_, length) => text.slice(0, length))
    expect(cuts.filter((cut) => decodeRecord(cut) !== null)).toEqual([])
    expect(decodeRecord(text)).toEqual(record)
  })

  test.each([
    '',
    'null',
    'true',
    '0',
    '"text"',
    '[]',
    '{}',
    'undefined',
    `${text}${text}`,
    `${text}x`,
    `[${text}]`,
    'gAJ9cQBYAwAAAGZvbw==',
  ])('damaged text decodes to null: %s', (damaged) => {
    expect(decodeRecord(damaged)).toBeNull()
  })

  test.each(Object.keys(record))('a record without %s decodes to null', (name) => {
    const { [name as keyof SessionRecord]: _lost, ...rest } = record
    expect(decodeRecord(JSON.stringify(rest))).toBeNull()
  })

  test.each<[string, unknown]>([
    ['auth', undefined],
    ['auth', 'u1'],
    ['auth', {}],
    ['auth', { userId: 7, epoch: 3, backend: 'password' }],
    ['auth', { userId: 'u1', epoch: 0.5, backend: 'password' }],
    ['auth', { userId: 'u1', epoch: '3', backend: 'password' }],
    ['auth', { userId: 'u1', epoch: 3 }],
    ['data', null],
    ['data', 'text'],
    ['data', []],
    ['expiry', 'never'],
    ['expiry', true],
    ['expiry', {}],
    ['expiry', { at: 'noon' }],
    ['createdAt', null],
    ['lastSeenAt', '2026-01-15T00:00:00.000Z'],
    ['expiresAt', null],
    ['expiresAt', 0.5],
    ['expiresAt', 1e300],
    ['absoluteExpiresAt', 'none'],
  ])('a record with %s of %j decodes to null', (name, value) => {
    expect(decodeRecord(JSON.stringify({ ...record, [name]: value }))).toBeNull()
  })
})

test(
  'a name in a record that would change a prototype changes none',
  { tags: ['J1', 'J6'] },
  () => {
    const text = encodeRecord({ ...record, data: {} }).replace(
      '"data":{}',
      '"data":{"__proto__":{"values":{"admin":true}}}',
    )
    const data = decodeRecord(text)?.data as Record<string, unknown>
    expect(data['values']).toBeUndefined()
    expect(({} as Record<string, unknown>)['values']).toBeUndefined()
  },
)
