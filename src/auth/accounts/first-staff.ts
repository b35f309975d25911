import { randomBytes } from 'node:crypto'
import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { ActedBy } from '../audit/auth-event.ts'
import type { BackendChoice } from '../logins/backends.ts'
import { unusable } from '../users/new-user.ts'
import type { User } from '../users/user.ts'
import type { Accounts } from './accounts.ts'
import { AddressTaken, UsernameTaken } from '../../refusals.ts'

/** How to make the first staff user. */
export interface FirstStaffOptions {
  readonly username: string
  readonly email: string | null
  /** Null: a random one, if `mayMakeUp`. */
  readonly password: string | null
  /** False in production: the log of a container would keep a made-up password. */
  readonly mayMakeUp: boolean
  /** AUTHENTICATION_BACKENDS, or the host's backends, which may let staff in. */
  readonly backends: readonly BackendChoice[]
}

/** The outcome of `ensureStaff`. */
export interface FirstStaff {
  /** The password that this made up, to show once; null where the operator gave one, or no user was made. */
  readonly madeUp: string | null
  /** Why no staff user can sign in, and what the operator can do; null where one can. */
  readonly warning: string | null
}

/** For the audit: the server did it, by its settings. */
const byItself: ActedBy = { actorId: null, sessionId: null, client: null, application: true }

const fine: FirstStaff = { madeUp: null, warning: null }

/** What an operator types to make a staff user. */
export const howToMakeStaff =
  'Make one with "coatcheck create-superuser", or of a user with "coatcheck users promote <username>".'

/**
 * Makes a staff user where there is none, so that a new server has an administrator, and tells the audit. Where it cannot, it
 * gives a warning, and the server starts all the same: visitors need no staff. Throws `InvalidInput` for a name, an address
 * or a password that breaks a rule.
 */
export async function ensureStaff(
  db: Database,
  users: Pick<Accounts, 'add'>,
  options: FirstStaffOptions,
): Promise<FirstStaff> {
  const { username, email, password, mayMakeUp, backends } = options
  if (await hasStaff(db)) return checkStaff(db, backends)
  if (password === null && !mayMakeUp)
    return warn(
      `There is no staff user. ADMIN_PASSWORD makes one at the next start. ${howToMakeStaff}`,
    )
  if (email === null && backends.length > 0 && backends.every((name) => name === 'email'))
    return warn(
      `ADMIN_EMAIL: There is no staff user. AUTHENTICATION_BACKENDS=email lets in by address only, so the first one needs an address. ${howToMakeStaff}`,
    )
  const madeUp = password === null ? randomBytes(12).toString('base64url') : null
  try {
    await users.add({ username, email, password: password ?? madeUp, isStaff: true }, byItself)
  } catch (error) {
    if (!(error instanceof UsernameTaken || error instanceof AddressTaken)) throw error
    // Another process, which started together with this one, came first.
    if (await hasStaff(db)) return fine
    const [setting, what] =
      error instanceof UsernameTaken
        ? ['ADMIN_USERNAME', `name ${JSON.stringify(username)}`]
        : ['ADMIN_EMAIL', 'address']
    return warn(
      `${setting}: There is no staff user, and the ${what} is that of a visitor. Set another ${setting}. ${howToMakeStaff}`,
    )
  }
  return { madeUp, warning: null }
}

const anyStaff = statement<{ readonly id: string }>(
  `SELECT id FROM "User" WHERE "isStaff" IS TRUE LIMIT 1`,
)

const active = `SELECT id FROM "User" WHERE "isStaff" IS TRUE AND "isActive" IS TRUE`

/** A staff user who is active. */
export const anyActiveStaff = statement<{ readonly id: string }>(`${active} LIMIT 1`)

/** A staff user who is active, other than the one whose id is `$1`. */
export const otherActiveStaff = statement<{ readonly id: string }>(`${active} AND id <> $1 LIMIT 1`)

/** Active staff: all of them; those with a password other than `$1`; those who also have an address. */
const activeStaff = {
  all: anyActiveStaff,
  ofName: statement<{ readonly id: string }>(`${active} AND "passwordHash" <> $1 LIMIT 1`),
  ofAddress: statement<{ readonly id: string }>(
    `${active} AND "passwordHash" <> $1 AND "emailKey" IS NOT NULL LIMIT 1`,
  ),
}

/**
 * Is there a staff user whom one of the backends lets in? A host's own backend may let in any of them, and so may a host
 * without backends, which vouches for its users.
 */
async function checkStaff(db: Database, backends: readonly BackendChoice[]): Promise<FirstStaff> {
  const isOwn =
    backends.length === 0 || backends.some((name) => name !== 'password' && name !== 'email')
  const { all, ofName, ofAddress } = activeStaff
  const known = isOwn ? all : backends.includes('password') ? ofName : ofAddress
  if ((await db.statements.first(known, isOwn ? [] : [unusable])) !== null) return fine
  return warn(
    `No staff user can sign in: they are inactive, or AUTHENTICATION_BACKENDS=${namesOf(backends)} lets none of them in. ${howToMakeStaff}`,
  )
}

function namesOf(backends: readonly BackendChoice[]): string {
  return backends.map((one) => (typeof one === 'string' ? one : one.name)).join()
}

function warn(warning: string): FirstStaff {
  return { madeUp: null, warning }
}

/** Is there a staff user who is active? */
export async function hasActiveStaff(db: Pick<Database, 'statements'>): Promise<boolean> {
  return (await db.statements.first(anyActiveStaff, [])) !== null
}

/** Is this user an active staff user, and the only one? */
export async function isLastStaff(
  db: Pick<Database, 'statements'>,
  { id, isStaff, isActive }: Pick<User, 'id' | 'isStaff' | 'isActive'>,
): Promise<boolean> {
  if (!isStaff || !isActive) return false
  return (await db.statements.first(otherActiveStaff, [id])) === null
}

/** Is there a staff user, active or not? Then the server makes no first one. */
export async function hasStaff(db: Database): Promise<boolean> {
  return (await db.statements.first(anyStaff, [])) !== null
}
