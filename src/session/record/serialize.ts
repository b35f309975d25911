import { definitionOf } from './data.ts'
import type { Json, SessionDefinitions, SessionName } from './data.ts'

/** A value as it is stored, and the bytes of its JSON. */
export interface Serialized {
  readonly json: Json
  readonly bytes: number
}

/**
 * `value` as the schema of `name` reads it, and as JSON has it. Throws a TypeError where the schema refuses it, or where it
 * would come back from JSON as another value. The message begins with `from`, which says who stores it.
 */
export function serialize(
  name: SessionName,
  value: unknown,
  definitions: SessionDefinitions,
  from: string,
): Serialized {
  const { schema } = definitionOf(definitions, name)
  if (isThenable(value)) {
    value.then(undefined, () => undefined) // its failure has no other listener
    throw new TypeError(`${from}: the value is a promise. What makes it must not be async.`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    const sentence = `the value does not fit its schema, ${reasonOf(parsed.error)} Check what callers send with parseInput.`
    throw new TypeError(`${from}: ${sentence}`, { cause: parsed.error })
  }
  const text = textOf(parsed.data)
  if (text !== undefined) {
    const json = JSON.parse(text) as Json
    const again = schema.safeParse(json)
    if (again.success && textOf(again.data) === text)
      return { json, bytes: Buffer.byteLength(text) }
  }
  throw new TypeError(
    `${from}: the value does not come back from JSON as its schema has it. Keep what JSON has: a number or a text for a date.`,
  )
}

/** The JSON of `value`. Undefined where JSON cannot say it: undefined, a function, a bigint, a circle. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (Object(value) as { then?: unknown }).then === 'function'
}

/** Where the value breaks its schema, and how, in Zod's words; the error's message where the schema is not Zod's. */
function reasonOf(error: unknown): string {
  const { issues, message } = Object(error) as { issues?: unknown; message?: unknown }
  const [first] = Array.isArray(issues) ? (issues as unknown[]) : []
  const issue = Object(first ?? { message }) as { path?: unknown; message?: unknown }
  const path = Array.isArray(issue.path) ? issue.path.map(String).join('.') : ''
  const why = String(issue.message ?? error).replace(/\.?$/, '.')
  return path === '' ? `as a whole: ${why}` : `at ${path}: ${why}`
}
