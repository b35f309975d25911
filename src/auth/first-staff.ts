import { randomBytes } from 'node:crypto'
import type { Database } from '../database.ts'
import type { PasswordHasher } from './password.ts'
import { createUser } from './user.ts'

/** How the first staff user is made. */
export interface FirstStaffOptions {
  readonly username: string
  /** Null: a random one. */
  readonly password: string | null
}

/**
 * Makes a staff user where there is none, so that somebody can administer a new server. The password it made up, to be
 * shown once; null where one was given, or nobody had to be made. Throws what `createUser` throws.
 */
export async function ensureStaff(
  db: Database,
  passwords: PasswordHasher,
  { username, password }: FirstStaffOptions,
): Promise<string | null> {
  if ((await db.user.findFirst({ where: { isStaff: true }, select: { id: true } })) !== null)
    return null
  const madeUp = password === null ? randomBytes(12).toString('base64url') : null
  await createUser(db, passwords, { username, password: password ?? madeUp ?? '', isStaff: true })
  return madeUp
}
