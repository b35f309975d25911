import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { cartDefinition } from '../../src/features/cart/names.ts'
import { preferencesDefinition } from '../../src/features/preferences/names.ts'
import { valuesDefinition } from '../../src/features/values/names.ts'
import {
  checkSize,
  draftOf,
  isBlank,
  putIn as putSerialized,
  valueIn,
} from '../../src/session/record/draft.ts'
import type { Draft } from '../../src/session/record/draft.ts'
import { serialize } from '../../src/session/record/serialize.ts'
import { startClocks } from '../../src/session/record/expiry.ts'
import type { SessionRecord } from '../../src/session/record/record.ts'
import { SessionTooLarge } from '../../src/refusals.ts'

const definitions = {
  cart: cartDefinition,
  preferences: preferencesDefinition,
  values: { ...valuesDefinition, maxBytes: 20 },
}
const policy = { age: 300, absoluteAge: 0, expireAtBrowserClose: false }
const record: SessionRecord = {
  ...startClocks(60, policy, 1_000),
  auth: { userId: 'u1', epoch: 3, backend: 'password' },
  data: { cart: { items: [] } },
}
const blank = (): Draft => draftOf(null)

/** Puts a value as a caller gives it. */
function putIn(
  draft: Draft,
  name: keyof typeof definitions,
  value: unknown,
  known: typeof definitions,
): void {
  putSerialized(draft, name, serialize(name, value, known, `session.set('${name}')`), known)
}

describe('a draft', () => {
  test('a draft of a record has its user, the expiry and the data', () => {
    expect(draftOf(record)).toEqual({
      auth: { userId: 'u1', epoch: 3, backend: 'password' },
      expiry: 60,
      data: { cart: { items: [] } },
    })
  })

  test('a draft leaves its record as it is', () => {
    const draft = draftOf(record)
    draft.data['values'] = { a: 1 }
    delete draft.data['cart']
    expect(record.data).toEqual({ cart: { items: [] } })
  })

  test('a draft of nothing is blank, and a new one each time', () => {
    blank().data['values'] = 1
    expect(blank()).toEqual({ auth: null, expiry: null, data: {} })
    expect(isBlank(blank())).toBe(true)
  })

  test.each<[string, Partial<Draft>]>([
    ['a user signed in', { auth: record.auth }],
    ['an expiry', { expiry: 60 }],
    ['a value', { data: { values: {} } }],
    ['a value of null', { data: { values: null } }],
  ])('a draft with %s is worth a record', (_what, part) => {
    expect(isBlank({ ...blank(), ...part })).toBe(false)
  })
})

describe('a value', () => {
  test('a draft gives a value that was put', () => {
    const draft = blank()
    putIn(draft, 'values', { a: 1 }, definitions)
    expect(valueIn(draft, 'values', definitions)).toEqual({ a: 1 })
    expect(draft.data).toEqual({ values: { a: 1 } })
  })

  test('a value that was never put is null', () => {
    expect(valueIn(blank(), 'values', definitions)).toBeNull()
  })

  test('a value that an older release stored in another shape is null', () => {
    const draft = { ...blank(), data: { cart: { items: ['hat'] }, values: 'text' } }
    expect(valueIn(draft, 'cart', definitions)).toBeNull()
    expect(valueIn(draft, 'values', definitions)).toBeNull()
  })

  test('the schema fills in a value that an older release stored with fewer fields', () => {
    const draft = { ...blank(), data: { preferences: { theme: 'DARK' } } }
    expect(valueIn(draft, 'preferences', definitions)).toEqual({
      theme: 'DARK',
      locale: 'en',
      timeZone: 'UTC',
      currency: 'USD',
    })
  })

  test('a value of another shape is refused, and what was there stays', () => {
    const draft = draftOf(record)
    expect(() => putIn(draft, 'cart', { items: 'none' }, definitions)).toThrow(
      expect.objectContaining({
        message:
          "session.set('cart'): the value does not fit its schema, at items: Invalid input: expected array, received string. Check what callers send with parseInput.",
        cause: expect.any(z.ZodError),
      }),
    )
    expect(draft.data).toEqual({ cart: { items: [] } })
  })

  test('a value is stored as the schema reads it, without the fields that the schema does not know', () => {
    const draft = blank()
    putIn(draft, 'cart', { items: [], coupon: 'free' } as { items: [] }, definitions)
    expect(draft.data).toEqual({ cart: { items: [] } })
  })

  test('a value replaces the one before it, and merges nothing', () => {
    const draft = blank()
    putIn(draft, 'values', { a: 1 }, definitions)
    putIn(draft, 'values', { b: 2 }, definitions)
    expect(draft.data).toEqual({ values: { b: 2 } })
  })

  test('a value of a draft cannot be changed in place', () => {
    const draft = blank()
    putIn(draft, 'values', { a: 1 }, definitions)
    const values = valueIn(draft, 'values', definitions)!
    // @ts-expect-error: readonly, or a nested change would be lost without a word
    values['a'] = 2
    const cart = valueIn(draftOf(record), 'cart', definitions)!
    // @ts-expect-error: the same, deeper down
    expect(() => cart.items.push({ sku: 'hat', quantity: 1, addedAt: 0 })).toThrow(TypeError)
  })
})

describe('what JSON has no words for', () => {
  const circle: unknown[] = []
  circle.push(circle)
  const lost =
    "onSignIn of 'values': the value does not come back from JSON as its schema has it. Keep what JSON has: a number or a text for a date."
  const put = (schema: z.ZodType, value: unknown) =>
    serialize(
      'values',
      value,
      { values: { schema, maxBytes: 99 } as never },
      "onSignIn of 'values'",
    )

  test.each<[string, z.ZodType, unknown]>([
    ['a date', z.date(), new Date(0)],
    ['a map', z.map(z.string(), z.number()), new Map([['a', 1]])],
    ['a set', z.set(z.string()), new Set(['a'])],
    ['a bigint', z.bigint(), 1n],
    ['undefined', z.undefined(), undefined],
    ['a circle', z.any(), circle],
    ['what a transform makes another type of', z.string().transform(Number), '1'],
    ['what a transform changes each time', z.string().transform((text) => `${text}!`), 'a'],
  ])('a name cannot hold %s, and the write says so', (_what, schema, value) => {
    expect(() => put(schema, value)).toThrow(lost)
  })

  test('a date that its schema makes of a text is stored as that text', () => {
    expect(put(z.coerce.date(), new Date(0)).json).toBe('1970-01-01T00:00:00.000Z')
  })

  test('a promise is no value, and its failure ends no process', () => {
    const value = Promise.reject(new Error('late'))
    expect(() => put(z.any(), value)).toThrow(
      "onSignIn of 'values': the value is a promise. What makes it must not be async.",
    )
  })

  test('an error of a schema that is not made by Zod is told in its words', () => {
    const safeParse = () => ({ success: false, error: new Error('It is no hat') })
    expect(() => put({ safeParse } as never, 1)).toThrow(
      "onSignIn of 'values': the value does not fit its schema, as a whole: It is no hat. Check",
    )
  })
})

describe('the cap of one name', () => {
  // {"a":"…"} is eight bytes and the text.
  test.each<[string, string, boolean]>([
    ['a byte less', 'x'.repeat(11), true],
    ['as many bytes', 'x'.repeat(12), true],
    ['a byte more', 'x'.repeat(13), false],
    ['as many bytes in fewer characters', '\u00e9'.repeat(6), true],
    ['more bytes in as many characters', '\u00e9'.repeat(7), false],
    ['as many bytes with its escapes', '"'.repeat(6), true],
    ['more bytes with its escapes', '"'.repeat(7), false],
  ])('the cap of one name of a session counts %s: %j', (_what, text, fits) => {
    const draft = blank()
    const put = () => putIn(draft, 'values', { a: text }, definitions)
    if (fits) {
      put()
      expect(draft.data).toEqual({ values: { a: text } })
    } else {
      expect(put).toThrow(SessionTooLarge)
      expect(draft.data).toEqual({})
    }
  })

  test('the refusal of a value past its cap names the cap and its limit', () => {
    const put = () => putIn(blank(), 'values', { a: 'x'.repeat(13) }, definitions)
    expect(put).toThrow(
      expect.objectContaining({
        code: 'SESSION_TOO_LARGE',
        limit: 20,
        message: "The session's values would be larger than 20 bytes.",
      }),
    )
  })
})

describe('the cap of all names together', () => {
  const draft = { ...blank(), data: { values: { a: 'xx' } } } // 21 bytes of JSON

  test('a session whose names together are as large as the cap is accepted, and one that is a byte larger is refused', () => {
    expect(Buffer.byteLength(JSON.stringify(draft.data))).toBe(21)
    expect(() => checkSize(draft, 21)).not.toThrow()
    expect(() => checkSize(draft, 20)).toThrow(
      expect.objectContaining({
        code: 'SESSION_TOO_LARGE',
        limit: 20,
        message: 'The session would be larger than 20 bytes.',
      }),
    )
  })

  test('the size that is held against the cap of a session is that of all its names', () => {
    const more = { ...draft, data: { ...draft.data, cart: { items: [] } } }
    expect(() => checkSize(more, 40)).toThrow(SessionTooLarge)
    expect(() => checkSize(more, 41)).not.toThrow()
  })
})
