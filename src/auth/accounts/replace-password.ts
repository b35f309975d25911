import type { Database } from '../../database/database.ts'
import type { SessionId } from '../../session/key.ts'
import { alive } from '../sessions/session-filter.ts'
import type { SessionCondition } from '../sessions/session-filter.ts'
import { passwordFaults } from '../users/password-rules.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import { unusable } from '../users/new-user.ts'
import type { User } from '../users/user.ts'
import { InvalidCredentials, InvalidInput, SessionInterrupted } from '../../refusals.ts'

/** A new password from a user who knows the old one. */
export interface PasswordChange {
  readonly user: Pick<User, 'id' | 'username'>
  readonly currentPassword: string
  readonly newPassword: string
  /** The caller's own session. It goes on, under a new key and the new epoch: see `Session.rebind`. */
  readonly keep: SessionId
  /** Milliseconds since 1970. */
  readonly now: number
}

/** A new password from an operator, who need not know the old one. */
export interface NewPassword {
  readonly user: Pick<User, 'id' | 'username'>
  /** Null: no password opens the account any more. */
  readonly password: string | null
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Changes the password and ends every other session of the user. Returns their new epoch, for `endOutdated`. The caller's own
 * session moves to that epoch in the same transaction, so that none of its requests is signed out. Throws
 * `InvalidCredentials`, `InvalidInput` for a new password that breaks a rule, or `SessionInterrupted` where the caller's own
 * session ended meanwhile, and then changes nothing.
 */
export async function replaceOwnPassword(
  db: Database,
  passwords: PasswordHasher,
  change: PasswordChange,
): Promise<number> {
  const { user, currentPassword, newPassword, keep, now } = change
  const select = { passwordHash: true } as const
  const found = await db.user.findUnique({ where: { id: user.id }, select })
  const isRight = await passwords.verify(found?.passwordHash ?? null, currentPassword)
  if (found === null || !isRight) throw new InvalidCredentials()
  const passwordHash = await hashNew(passwords, user.username, newPassword, 'newPassword')
  try {
    return await replace(db, {
      userId: user.id,
      verified: found.passwordHash,
      passwordHash,
      keep,
      now,
    })
  } catch (error) {
    // A login elsewhere upgraded the hash. Or another change of password came first: then the second try finds the old one
    // wrong.
    if (error instanceof Outrun) return replaceOwnPassword(db, passwords, change)
    throw error
  }
}

/** Sets the password, whatever it was, and ends every session of the user. Returns their new epoch. Throws `InvalidInput`. */
export async function replacePassword(
  db: Database,
  passwords: PasswordHasher,
  { user, password, now }: NewPassword,
): Promise<number> {
  const passwordHash =
    password === null ? unusable : await hashNew(passwords, user.username, password, 'password')
  return replace(db, { userId: user.id, verified: null, passwordHash, keep: null, now })
}

async function hashNew(
  passwords: PasswordHasher,
  username: string,
  password: string,
  field: string,
): Promise<string> {
  const faults = await passwordFaults({ username, password, minLength: passwords.minLength })
  if (faults.length > 0)
    throw new InvalidInput(faults.map((fault) => ({ path: [field], ...fault })))
  return passwords.hash(password)
}

/** The hash is not the one that was verified any more, or the user is gone. */
class Outrun extends Error {}

interface Replacement {
  readonly userId: string
  /** The hash to replace; null for any. */
  readonly verified: string | null
  readonly passwordHash: string
  readonly keep: SessionId | null
  readonly now: number
}

async function replace(
  db: Database,
  { userId, verified, passwordHash, keep, now }: Replacement,
): Promise<number> {
  return db.$transaction(async (tx) => {
    // The session first, then the user. A login locks rows in this order, and the other order could deadlock on PostgreSQL.
    const own = keep && (await moveOn(tx, { id: keep, userId, ...alive(new Date(now)) }))
    const [user] = await tx.user.updateManyAndReturn({
      where: { id: userId, ...(verified !== null && { passwordHash: verified }) },
      data: { passwordHash, epoch: { increment: 1 } },
      select: { epoch: true },
    })
    if (user === undefined) throw new Outrun()
    // Another change of password ended the caller's own session, or its user was deactivated.
    if (keep !== null && own !== user.epoch) throw new SessionInterrupted()
    return user.epoch
  })
}

/** The epoch after the one that a session had; null where there is no such session. */
async function moveOn(
  tx: Pick<Database, 'session'>,
  where: SessionCondition,
): Promise<number | null> {
  const [row] = await tx.session.updateManyAndReturn({
    where,
    data: { epoch: { increment: 1 } },
    select: { epoch: true },
  })
  return row?.epoch ?? null
}
