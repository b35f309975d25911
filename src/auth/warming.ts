import type { PasswordHasher } from './passwords/password.ts'
import type { Roster } from './roster/roster.ts'
import type { Throttle } from './throttle/throttle.ts'
import type { Database } from '../database/database.ts'
import { ping } from '../database/statements.ts'
import { createKey, idOf } from '../session/key.ts'
import type { SessionStore } from '../session/store.ts'

/** What the first visitors would otherwise wait for. */
export interface Warming {
  readonly db: Database
  readonly store: SessionStore
  readonly roster: Roster
  readonly passwords: PasswordHasher
  readonly throttle: Throttle
}

/** How many connections to the database are opened ahead: as many as a page that has just been loaded asks for at once. */
const connections = 4

/**
 * Does once what a signed-in read and a login do, and stores nothing of it: prepares the statements, opens connections and computes a hash. The first visitors would wait for all that, longer than SESSION_STORE_TIMEOUT on
 * a busy machine. The list of common passwords is left out: it takes 14 MB, and many servers make no accounts. Rejects
 * where the database or the store cannot be used.
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
    // What is let through is charged, and taken back.
    throttle.guard({ account: createKey(), address: null }, async () => undefined),
  ])
}
