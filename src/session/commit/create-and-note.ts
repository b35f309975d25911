import { takeBack } from './new-session.ts'
import type { Enrolment, SessionRoster } from '../roster.ts'
import type { SessionStore, Version } from '../store.ts'

/** The part of a roster that `createAndNote` calls, once a store keeps the record. */
export interface Noting extends Pick<SessionRoster, 'withdraw'> {
  /** Writes down whose the session is. False, with nothing written, where the session before it is over. */
  note(): Promise<boolean>
}

/**
 * Enrolls a session whose record is not in the roster, in two steps: it creates the record, and then notes it. Where the
 * second step fails, it removes the record, whose key no visitor has. A record that it cannot remove expires.
 */
export async function createAndNote(
  store: SessionStore,
  enrolment: Enrolment,
  noting: Noting,
): Promise<Version | 'taken' | 'over'> {
  const { id, record, previous } = enrolment
  const version = await store.create(id, record)
  if (version === null) return 'taken'
  try {
    if (await noting.note()) return version
  } catch (error) {
    await takeBack({ store }, noting, enrolment, previous)
    throw error
  }
  await store.delete(id)
  return 'over'
}
