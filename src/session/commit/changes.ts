import { draftOf } from '../record/draft.ts'
import type { Draft, Operation } from '../record/draft.ts'
import type { SessionId, SessionKey } from '../key.ts'
import type { StoredRecord } from '../store.ts'

/** A session that exists. */
export interface Kept {
  readonly key: SessionKey
  /** The id of that key. */
  readonly id: SessionId
  readonly record: StoredRecord
}

/** What a request changes in its session: recorded operations, and what becomes of the key. */
export interface Changes {
  readonly operations: readonly Operation[]
  /** 'cycle': move everything to a new key; 'end': end this session, and start an empty one if anything is stored. */
  readonly key: 'keep' | 'cycle' | 'end'
  /** A login: the absolute clock starts again. */
  readonly login: boolean
}

/** Nothing recorded. */
export const unchanged: Changes = { operations: [], key: 'keep', login: false }

/** The changes after a flush: the session ends, and its earlier changes are dropped. */
export const flushed: Changes = { operations: [], key: 'end', login: false }

/** Is there nothing to store? */
export function isUnchanged({ operations, key }: Changes): boolean {
  return operations.length === 0 && key === 'keep'
}

/** The changes, and one more. */
export function withOperation(changes: Changes, operation: Operation): Changes {
  return { ...changes, operations: [...changes.operations, operation] }
}

/** `changes` without those that are `stored` by now: the request may have recorded more meanwhile. */
export function without(changes: Changes, stored: Changes): Changes {
  const { operations, key, login } = changes
  if (stored.operations.some((operation, at) => operation !== operations[at])) return changes // a flush has replaced them meanwhile
  return {
    operations: operations.slice(stored.operations.length),
    key: key === stored.key ? 'keep' : key,
    login: login && !stored.login,
  }
}

/** The session as it will be, for readers. Without changes it is the kept record itself, without a copy. */
export function viewOf(kept: Kept | null, { operations, key }: Changes): Readonly<Draft> {
  const record = key === 'end' || kept === null ? null : kept.record
  if (operations.length === 0) return record ?? blank
  const draft = draftOf(record)
  for (const operation of operations) operation(draft)
  return draft
}

const blank: Readonly<Draft> = draftOf(null)
