import type { Database } from '../../database/database.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import { fitsColumn, longestName } from '../lists/column-text.ts'
import { createUser } from './new-user.ts'
import type { AccountRules, NewUser } from './new-user.ts'
import type { User } from './user.ts'
import { userFrom, userOfAddress, userOfId, userOfName } from './user-row.ts'
import { addressKey, trimName, usernameKey } from './username.ts'
import { UsernameTaken } from '../../refusals.ts'

/** What names one user. A `User` does: its id counts. */
export type UserName = { readonly id: string } | { readonly username: string }

/** Finds a user, or none: an address finds the account that holds it, the oldest that has it. */
export type UserClue = UserName | { readonly email: string }

/** The accounts of this server. Names are compared as `login` compares them, however they are written. */
export interface Users {
  /** The user of that name, active or not; null where there is none. */
  find(clue: UserClue): Promise<User | null>
  /**
   * Makes an account. Throws `InvalidInput` naming every broken rule, `AddressTaken` where addresses are names, or
   * `UsernameTaken`.
   */
  create(input: NewUser): Promise<User>
  /**
   * The user of `input.username`, who is made where there is none: for a backend that lets in who is known elsewhere. Of
   * several at once one makes the user, and all get the same. Who exists already stays as they are.
   */
  findOrCreate(input: NewUser): Promise<User>
  /** Does as `findOrCreate` does, and says whether this call made the user. */
  findOrMake(input: NewUser): Promise<{ readonly user: User; readonly isNew: boolean }>
}

/** What accounts are made with. */
export interface UsersOptions {
  readonly db: Database
  readonly passwords: PasswordHasher
  readonly database: Dependency
  readonly rules: AccountRules
}

/** The accounts in the User table. */
export function createUsers({ db, passwords, database, rules }: UsersOptions): Users {
  return {
    find,
    create,
    findOrCreate: async (input) => (await findOrMake(input)).user,
    findOrMake,
  }

  async function find(clue: UserClue): Promise<User | null> {
    const wanted = wantedBy(clue)
    if (wanted === null) return null
    const [which, key] = wanted
    return userFrom(await database.call(() => db.statements.first(which, [key])))
  }

  function create(input: NewUser): Promise<User> {
    return createUser(db, passwords, input, rules)
  }

  async function findOrMake(input: NewUser) {
    const { username } = input
    const found = await find({ username })
    if (found !== null) return { user: found, isNew: false }
    try {
      return { user: await create(input), isNew: true }
    } catch (error) {
      const winner = error instanceof UsernameTaken ? await find({ username }) : null
      if (winner === null) throw error
      return { user: winner, isNew: false }
    }
  }
}

/** The statement that finds the user, and what it compares; null for what can be no user's. */
function wantedBy(clue: UserClue) {
  const text = trimName('id' in clue ? clue.id : 'username' in clue ? clue.username : clue.email)
  if (!fitsColumn(text, longestName)) return null
  if ('id' in clue) return [userOfId, clue.id] as const
  if ('username' in clue) return [userOfName, usernameKey(text)] as const
  return [userOfAddress, addressKey(text)] as const
}

/**
 * What a host says who it means by: a username, `{ id }` or `{ username }`. Throws a TypeError for what names no user. An
 * address does not: any visitor may have given it as theirs.
 */
export function userNamed(name: UserName | string): UserName {
  if (typeof name === 'string') return { username: name }
  const { id, username } = (name ?? {}) as Partial<Record<'id' | 'username', unknown>>
  if (typeof id === 'string') return { id }
  if (typeof username === 'string') return { username }
  throw new TypeError('A user is named by { id } or { username }, both of them text.')
}
