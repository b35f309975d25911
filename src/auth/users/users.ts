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

/** Names one user. A `User` does so too, by its id. */
export type UserName = { readonly id: string } | { readonly username: string }

/** What to find a user by. An address finds the account that holds it: the oldest that has it. */
export type UserClue = UserName | { readonly email: string }

/** The accounts of this server. It compares names as `login` does. */
export interface Users {
  /** The user of that name, active or not; null where there is none. */
  find(clue: UserClue): Promise<User | null>
  /**
   * Makes an account. Throws `InvalidInput` naming every broken rule, `UsernameTaken`, or, where users sign in by their
   * addresses, `AddressTaken`.
   */
  create(input: NewUser): Promise<User>
  /**
   * The user of `input.username`, unchanged; makes one where there is none. For a backend that lets in users of another
   * system. Of several calls at once one makes the user, and all get the same.
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

/** The statement that finds the user, and its parameter; null for a clue that no user can have. */
function wantedBy(clue: UserClue) {
  const text = trimName('id' in clue ? clue.id : 'username' in clue ? clue.username : clue.email)
  if (!fitsColumn(text, longestName)) return null
  if ('id' in clue) return [userOfId, clue.id] as const
  if ('username' in clue) return [userOfName, usernameKey(text)] as const
  return [userOfAddress, addressKey(text)] as const
}

/**
 * The user that a host names by a username, `{ id }` or `{ username }`. Throws a TypeError for anything else, also for an
 * address, which any visitor may claim.
 */
export function userNamed(name: UserName | string): UserName {
  if (typeof name === 'string') return { username: name }
  const { id, username } = (name ?? {}) as Partial<Record<'id' | 'username', unknown>>
  if (typeof id === 'string') return { id }
  if (typeof username === 'string') return { username }
  throw new TypeError('A user is named by { id } or { username }, both of them text.')
}
