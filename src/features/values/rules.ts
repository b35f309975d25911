import { isStorable } from '../../session/record/data.ts'
import type { Json } from '../../session/record/data.ts'
import { invalid } from '../../refusals.ts'
import type { VisitorValues } from './names.ts'

const mostKeys = 100
const deepest = 16

/** The values with one more, or another. Throws `InvalidInput` for a malformed key, a value too deep, or too many keys. */
export function withValue(values: VisitorValues | null, key: string, value: Json): VisitorValues {
  const next = { ...values, [key]: value }
  if (Object.keys(next).length > mostKeys)
    throw invalid('key', {
      message: `A session holds ${mostKeys} keys at most.`,
      code: 'TOO_MANY',
      max: mostKeys,
    })
  return next
}

/** The values without one. */
export function withoutValue(values: VisitorValues | null, key: string): VisitorValues {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([name]) => name !== key))
}

/** Throws `InvalidInput` for a key that no visitor may use. Names that begin with `_` are no keys, `__proto__` among them. */
export function checkKey(key: string): void {
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(key)) {
    throw invalid('key', {
      message: 'A letter, then up to 63 letters, digits and _ . -',
      code: 'INVALID_FORMAT',
      min: 1,
      max: 64,
    })
  }
}

/**
 * Throws `InvalidInput` for a value nested more than 16 deep, with a name that changes a prototype when it is copied, or
 * with what not every store can give back: a NUL, half a character, or a number such as 1e400, which JSON has and we have not.
 */
export function checkValue(value: unknown, depth = 1): void {
  if (typeof value === 'string' && !isStorable(value))
    throw invalid('value', { message: 'Well-formed text, without NUL.', code: 'INVALID_FORMAT' })
  if (typeof value === 'number' && !Number.isFinite(value))
    throw invalid('value', { message: 'No number is so large.', code: 'TOO_LARGE' })
  if (typeof value !== 'object' || value === null) return
  if (depth > deepest)
    throw invalid('value', {
      message: `Nested ${deepest} deep at most.`,
      code: 'TOO_DEEP',
      max: deepest,
    })
  if (Object.hasOwn(value, '__proto__'))
    throw invalid('value', { message: 'No name may be __proto__.', code: 'NOT_ALLOWED' })
  for (const [name, inner] of Object.entries(value)) {
    checkValue(name, depth)
    checkValue(inner, depth + 1)
  }
}
