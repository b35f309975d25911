import { randomBytes } from 'node:crypto'
import type { Database } from '../database/database.ts'
import type { PasswordHasher } from './password.ts'
import { createUser, UsernameTaken } from './user.ts'

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
  if (await hasStaff(db)) return null
  const madeUp = password === null ? randomBytes(12).toString('base64url') : null
  try {
    await createUser(db, passwords, { username, password: password ?? madeUp ?? '', isStaff: true })
  } catch (error) {
    // Another process that started together with this one was first.
    if (error instanceof UsernameTaken && (await hasStaff(db))) return null
    throw error
  }
  return madeUp
}

async function hasStaff(db: Database): Promise<boolean> {
  return (await db.user.findFirst({ where: { isStaff: true }, select: { id: true } })) !== null
}
