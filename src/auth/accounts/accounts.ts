import type { Database } from '../../database/database.ts'
import { invalid, NotFound } from '../../refusals.ts'
import type { ActedBy, AuthEvent } from '../audit/auth-event.ts'
import type { PasswordChanged } from './change-password.ts'
import { endOutdated } from '../sessions/ending.ts'
import { setUserActive } from './activation.ts'
import type { EndingContext } from '../sessions/ending.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import type { PatienceFor } from '../sessions/patience.ts'
import { importUsers } from './import-users.ts'
import type { ImportOptions, ImportOutcome } from './import-users.ts'
import { replacePassword } from './replace-password.ts'
import { setUserStaff } from '../users/user.ts'
import type { NewUser } from '../users/new-user.ts'
import type { User } from '../users/user.ts'
import type { UserName, Users } from '../users/users.ts'

/** The outcome of activating or deactivating a user. */
export interface Activation {
  readonly user: User
  /** How many sessions it ended. */
  readonly revokedCount: number
}

/** What staff and operators do about accounts. The audit records each. */
export interface Accounts {
  /**
   * Activates or deactivates a user. Deactivating ends all of their sessions; activating revives none. Throws `NotFound`, or
   * `InvalidInput` for users who would do it to themselves.
   */
  setActive(name: UserName, isActive: boolean, by: ActedBy): Promise<Activation>
  /**
   * Makes a user staff, or takes that from them. Their sessions go on. Throws `NotFound`, or `InvalidInput` for staff who
   * would take it from themselves.
   */
  setStaff(name: UserName, isStaff: boolean, by: ActedBy): Promise<User>
  /**
   * Sets a user's password, whatever it was, and ends every session of theirs; null takes the password away. Throws
   * `NotFound`, or `InvalidInput`.
   */
  setPassword(name: UserName, password: string | null, by: ActedBy): Promise<PasswordChanged>
  /** Makes an account, as `Users.create` does, and throws what it throws. */
  add(input: NewUser, by: ActedBy): Promise<User>
  /** Finds the user of that name, or makes one, as `Users.findOrCreate` does. */
  findOrAdd(input: NewUser, by: ActedBy): Promise<User>
  /** Makes the accounts of a Django dump, as `importUsers` does, and throws what it throws. */
  importFrom(
    dump: Buffer,
    options: Omit<ImportOptions, 'made'>,
    by: ActedBy,
  ): Promise<ImportOutcome>
}

/** What the changes of accounts need. */
export interface AccountsOptions {
  readonly db: Database
  readonly users: Users
  readonly hasher: PasswordHasher
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly ending: EndingContext
  readonly patienceFor: PatienceFor
  notify(event: AuthEvent): Promise<void>
}

/** What the audit says of a new account, beside who made it. */
type Made = Extract<AuthEvent, { type: 'USER_CREATED' }>['detail']

/** The accounts in the User table. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { db, users, hasher, now, ending, patienceFor, notify } = options
  return { setActive, setStaff, setPassword, add, findOrAdd, importFrom }

  async function setActive(name: UserName, isActive: boolean, by: ActedBy): Promise<Activation> {
    const { id } = await find(name)
    // Staff who lock themselves out may be the last staff user there is.
    if (id === by.actorId) throw invalid('id', { message: 'Not yourself.', code: 'NOT_ALLOWED' })
    const outcome = await setUserActive(ending, id, isActive, patienceFor(by))
    if (outcome === null) throw new NotFound('user')
    const type = isActive ? 'USER_ACTIVATED' : 'USER_DEACTIVATED'
    await notify({ type, ...by, subjectId: id })
    return { user: outcome.user, revokedCount: outcome.endedCount }
  }

  async function setStaff(name: UserName, isStaff: boolean, by: ActedBy): Promise<User> {
    const { id } = await find(name)
    if (id === by.actorId && !isStaff)
      throw invalid('id', { message: 'Not yourself.', code: 'NOT_ALLOWED' })
    const user = await setUserStaff(db, id, isStaff)
    if (user === null) throw new NotFound('user')
    await notify({ type: isStaff ? 'USER_PROMOTED' : 'USER_DEMOTED', ...by, subjectId: id })
    return user
  }

  async function setPassword(
    name: UserName,
    password: string | null,
    by: ActedBy,
  ): Promise<PasswordChanged> {
    const user = await find(name)
    const epoch = await replacePassword(db, hasher, { user, password, now: now() })
    const changed = { id: user.id, epoch }
    const revokedCount = await endOutdated(ending, changed, 'PASSWORD_CHANGED', patienceFor(by))
    await notify({ type: 'PASSWORD_CHANGED', ...by, subjectId: user.id })
    return { user: { ...user, epoch }, revokedCount }
  }

  async function add(input: NewUser, by: ActedBy): Promise<User> {
    return tellOf(await users.create(input), by)
  }

  async function findOrAdd(input: NewUser, by: ActedBy): Promise<User> {
    const { user, isNew } = await users.findOrMake(input)
    return isNew ? tellOf(user, by) : user
  }

  function importFrom(dump: Buffer, options: Omit<ImportOptions, 'made'>, by: ActedBy) {
    return importUsers(db, dump, {
      ...options,
      made: async (user, importedFrom) => void (await tellOf(user, by, { importedFrom })),
    })
  }

  async function tellOf(user: User, by: ActedBy, detail?: Made): Promise<User> {
    await notify({ type: 'USER_CREATED', ...by, subjectId: user.id, ...(detail && { detail }) })
    if (user.isStaff) await notify({ type: 'USER_PROMOTED', ...by, subjectId: user.id })
    return user
  }

  async function find(name: UserName): Promise<User> {
    const user = await users.find(name)
    if (user === null) throw new NotFound('user')
    return user
  }
}
