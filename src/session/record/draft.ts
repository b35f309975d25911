import { definitionOf } from './data.ts'
import type { Json, SessionDefinitions, SessionName, SessionUser } from './data.ts'
import type { SessionData } from './session-data.ts'
import type { Expiry } from './expiry.ts'
import type { SessionAuth, SessionRecord } from './record.ts'
import { serialize } from './serialize.ts'
import type { Serialized } from './serialize.ts'
import { SessionTooLarge } from '../../refusals.ts'

/** A session while operations change it: a new draft for each attempt to store them. */
export interface Draft {
  auth: SessionAuth | null
  expiry: Expiry
  data: Record<string, Json>
}

/** A recorded change. Where another writer stored first, the commit applies it again to that writer's record. */
export type Operation = (draft: Draft) => void

/** A draft of `record`, or of a session that does not exist yet. */
export function draftOf(record: SessionRecord | null): Draft {
  if (record === null) return { auth: null, expiry: null, data: {} }
  return { auth: record.auth, expiry: record.expiry, data: { ...record.data } }
}

/** Has it no user, no expiry and no value? Then the server makes no record of it. */
export function isBlank(draft: Draft): boolean {
  return draft.auth === null && draft.expiry === null && Object.keys(draft.data).length === 0
}

/**
 * The value of `name`; null where there is none, or where an older release stored one that no longer fits the schema. Throws
 * where the application keeps no such name.
 */
export function valueIn<Name extends SessionName>(
  draft: Draft,
  name: Name,
  definitions: SessionDefinitions,
): SessionData[Name] | null {
  const { schema } = definitionOf(definitions, name)
  if (!Object.hasOwn(draft.data, name)) return null
  const parsed = schema.safeParse(draft.data[name])
  return parsed.success ? parsed.data : null
}

/** Stores what `serialize` made of a value under `name`. Throws `SessionTooLarge` past its cap. */
export function putIn(
  draft: Draft,
  name: SessionName,
  { json, bytes }: Serialized,
  definitions: SessionDefinitions,
): void {
  const { maxBytes } = definitionOf(definitions, name)
  if (bytes > maxBytes) throw new SessionTooLarge(maxBytes, `The session's ${name}`)
  draft.data[name] = json
}

/** Carries out the rule of each name for a guest who signs in as `user`. Throws what `serialize` and `putIn` throw. */
export function applySignInRules(
  draft: Draft,
  user: SessionUser,
  definitions: SessionDefinitions,
): void {
  for (const name of Object.keys(definitions) as SessionName[]) {
    const rule = definitionOf(definitions, name).onSignIn ?? 'keep'
    const value = valueIn(draft, name, definitions)
    if (rule === 'drop') delete draft.data[name]
    else if (rule !== 'keep' && value !== null) {
      const change = rule as (value: SessionData[SessionName], user: SessionUser) => typeof value
      const changed = serialize(name, change(value, user), definitions, `onSignIn of '${name}'`)
      putIn(draft, name, changed, definitions)
    }
  }
}

/** Throws `SessionTooLarge` where all names together pass `limit` bytes of JSON. */
export function checkSize(draft: Draft, limit: number): void {
  if (sizeOf(draft.data) > limit) throw new SessionTooLarge(limit)
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}
