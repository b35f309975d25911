import type { Changes } from './changes.ts'
import { checkSize, draftOf } from '../record/draft.ts'
import type { Draft } from '../record/draft.ts'
import { absoluteEnd, advance, isTouchDue, startClocks } from '../record/expiry.ts'
import type { ExpiryPolicy } from '../record/expiry.ts'
import type { SessionRecord } from '../record/record.ts'
import type { SessionSettings } from '../settings.ts'
import type { StoredRecord } from '../store.ts'

/** Applies the changes to a copy of `record`. Throws what they throw, and `SessionTooLarge` past the cap of all names. */
export function apply(
  { maxBytes }: Pick<SessionSettings, 'maxBytes'>,
  record: SessionRecord | null,
  { operations }: Changes,
): Draft {
  const draft = draftOf(record)
  for (const operation of operations) operation(draft)
  checkSize(draft, maxBytes)
  return draft
}

/** The first record of a session that begins at `at`. */
export function newRecord(draft: Draft, policy: ExpiryPolicy, at: number): SessionRecord {
  return { ...startClocks(draft.expiry, policy, at), auth: draft.auth, data: draft.data }
}

/** The record that follows `current` when it is written at `at`. */
export function changedRecord(
  current: StoredRecord,
  draft: Draft,
  policy: ExpiryPolicy,
  at: number,
): SessionRecord {
  return active({ ...withoutVersion(current), ...draft }, policy, at)
}

/** Every write postpones the end; `lastSeenAt` moves by tenths, together with the cookie, so that neither outlives the other. */
export function active(record: SessionRecord, policy: ExpiryPolicy, at: number): SessionRecord {
  const lastSeenAt = isTouchDue(record, policy, at) ? at : record.lastSeenAt
  return { ...record, ...advance(record, policy, at), lastSeenAt }
}

/** After a login both clocks start again. */
export function afterLogin(record: SessionRecord, policy: ExpiryPolicy, at: number): SessionRecord {
  return {
    ...record,
    ...advance({ ...record, absoluteExpiresAt: absoluteEnd(policy, at) }, policy, at),
  }
}

/** The record in the form that stores take. */
export function withoutVersion({ version: _version, ...record }: StoredRecord): SessionRecord {
  return record
}
