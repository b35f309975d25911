import type { Enrolment } from './roster.ts'
import type { SessionStore, Version } from './store.ts'

/** What a roster does about a record that a store keeps. */
export interface Noting {
  /** Writes down whose the session is. False, with nothing written, where the session before it is over. */
  note(): Promise<boolean>
  /** Takes back what `note` may have written. */
  withdraw(): Promise<void>
}

/**
 * Enrolls a session whose record is kept elsewhere than in the roster, so in two steps: it creates the record, and then notes
 * it. Where the second step fails, no visitor has the key, and the record goes. What cannot be removed expires.
 */
export async function createAndNote(
  store: SessionStore,
  { id, record }: Pick<Enrolment, 'id' | 'record'>,
  { note, withdraw }: Noting,
): Promise<Version | 'taken' | 'over'> {
  const version = await store.create(id, record)
  if (version === null) return 'taken'
  try {
    if (await note()) return version
  } catch (error) {
    if (record.auth) await withdraw().catch(() => undefined)
    await store.delete(id).catch(() => undefined)
    throw error
  }
  await store.delete(id)
  return 'over'
}
