import { expect, test } from 'vitest'
import { z } from 'zod'
import { decodeRecord, encodeRecord } from '../../src/session/record/record.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'

// What a record is, as a schema: decodeRecord says the same by hand.
const instant = z.number().int()
const schema = z.object({
  auth: z.object({ userId: z.string(), epoch: z.number().int(), backend: z.string() }).nullable(),
  data: z.record(z.string(), z.unknown()),
  expiry: z.union([z.null(), z.number(), z.literal('browser'), z.object({ at: instant })]),
  createdAt: instant,
  lastSeenAt: instant,
  expiresAt: instant,
  absoluteExpiresAt: instant.nullable(),
})

const whole: SessionRecord = {
  auth: { userId: 'u1', epoch: 3, backend: 'password' },
  data: { cart: { items: [{ sku: 'umbrella', quantity: 2 }] }, values: {} },
  expiry: { at: 1_768_500_000_000 },
  createdAt: 1_768_400_000_000,
  lastSeenAt: 1_768_400_000_000,
  expiresAt: 1_768_500_000_000,
  absoluteExpiresAt: null,
}

/** JSON that may stand where something else should. */
const texts = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '0.5',
  '1e999',
  '-1e999',
  '9007199254740993',
  '""',
  '"browser"',
  '"u1"',
  '[]',
  '[1]',
  '{}',
  '{"at":1}',
  '{"at":0.5}',
  '{"at":"1"}',
  '{"at":1,"more":2}',
  '{"__proto__":{"at":1}}',
  '{"userId":"u","epoch":1,"backend":"b"}',
  '{"userId":"u","epoch":1.5,"backend":"b","more":[]}',
]

function verdictOfSchema(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = schema.safeParse(value)
  return parsed.success ? parsed.data : null
}

/** Every text in which one member, at the top or one level below, is replaced, left out, or joined by a stranger. */
function* damaged(): Generator<string> {
  const members = Object.entries(whole).map(
    ([name, value]) => [name, JSON.stringify(value)] as const,
  )
  const written = (all: readonly (readonly [string, string])[]) =>
    `{${all.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join()}}`
  yield* texts
  for (const [at, [name, text]] of members.entries()) {
    yield written(members.toSpliced(at, 1))
    for (const other of texts) {
      yield written(members.with(at, [name, other]))
      yield written([...members, [name, other]]) // JSON takes the last of two
      yield written([...members, ['__proto__', other]])
      if (text.startsWith('{')) {
        const inner = Object.entries(JSON.parse(text) as object)
        const innerWritten = inner.map(([key, value]) => [key, JSON.stringify(value)] as const)
        for (const [place, [key]] of innerWritten.entries())
          yield written(members.with(at, [name, written(innerWritten.with(place, [key, other]))]))
        yield written(members.with(at, [name, written([...innerWritten, ['__proto__', other]])]))
      }
    }
  }
}

test('a record is decoded as its schema would, whatever stands in the place of a part', () => {
  const all = [...damaged()]
  const different = all.filter((text) => {
    const [own, other] = [decodeRecord(text), verdictOfSchema(text)]
    return JSON.stringify(own) !== JSON.stringify(other)
  })
  expect(different).toEqual([])
  const accepted = all.filter((text) => decodeRecord(text) !== null)
  expect(accepted.length).toBeGreaterThan(100)
  expect(accepted.length).toBeLessThan(all.length - 100)
})

test('a record is decoded as its schema would, whichever characters of its text are changed', () => {
  const text = encodeRecord(whole)
  // The same changes at every run: a step through the numbers below 2^31 that meets each of them once.
  let state = 1
  const next = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
  const alphabet = '{}[],:"0123456789.e-+ntrufalsx \\'
  const changes = Array.from({ length: 20_000 }, () => {
    const at = next(text.length)
    return text.slice(0, at) + alphabet[next(alphabet.length)] + text.slice(at + next(3))
  })
  expect(changes.map((changed) => decodeRecord(changed))).toEqual(changes.map(verdictOfSchema))
})

test('what a schema would take from a record without damage is what was encoded', () => {
  expect(verdictOfSchema(encodeRecord(whole))).toEqual(whole)
  expect(decodeRecord(encodeRecord(whole))).toEqual(whole)
})
