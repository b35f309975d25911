import type { PasswordHasher } from './passwords/password.ts'
import type { Roster } from './roster/roster.ts'
import type { Throttle } from './throttle/throttle.ts'
import type { Database } from '../database/database.ts'
import { ping } from '../database/statements.ts'
import { createKey, idOf } from '../session/key.ts'
import type { SessionStore } from '../session/store.ts'

/** The parts to warm up. */
export interface Warming {
  readonly db: Database
  readonly store: SessionStore
  readonly roster: Roster
  readonly passwords: PasswordHasher
  readonly throttle: Throttle
}

/** How many connections to the database it opens ahead: as many as a freshly loaded page needs at once. */
const connections = 4

/**
 * Does once what a signed-in read and a login do, and stores nothing: prepares the statements, opens connections and computes
 * a hash. Otherwise the first visitors would wait for that, on a busy machine longer than SESSION_STORE_TIMEOUT. Leaves out
 * the list of common passwords: it takes 14 MB, and many servers make no accounts. Rejects where the database or the store
 * fails.
 */
export async function warm(parts: Warming): Promise<void> {
  const { db, store, passwords, throttle } = parts
  const id = idOf(createKey())
  const roster = parts.roster.attend({ ipAddress: null, userAgent: null })
  await Promise.all([
    ...Array.from({ length: connections }, async () => db.statements.first(ping, [])),
    roster.open(id, store),
    roster.user(''),
    roster.isSuperseded(id),
    passwords.warm(),
    // The attempt is charged, and taken back.
    throttle.guard({ account: createKey(), address: null }, async () => undefined),
  ])
}
