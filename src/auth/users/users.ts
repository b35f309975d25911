import type { Database } from '../../database/database.ts'
import type { Dependency } from '../../waiting/dependency.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import { isPossible, longestName } from '../possible.ts'
import { createUser, userColumns } from './user.ts'
import type { AccountRules, NewUser, User } from './user.ts'
import { addressKey, trimName, usernameKey } from './username.ts'
import { UsernameTaken } from '../../refusals.ts'

/** What names one user. A `User` does. */
export type UserName =
  | { readonly id: string }
  | { readonly username: string }
  /** Finds the account that holds the address: the oldest that has it. */
  | { readonly email: string }

/** The accounts of this server. Names are compared as `login` compares them, however they are written. */
export interface Users {
  /** The user of that name, active or not; null where there is none. */
  find(name: UserName): Promise<User | null>
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
  return { find, create, findOrCreate }

  async function find(name: UserName): Promise<User | null> {
    const where = keyOf(name)
    if (where === null) return null
    return database.call(() => db.user.findUnique({ where, select: userColumns }))
  }

  function create(input: NewUser): Promise<User> {
    return createUser(db, passwords, input, rules)
  }

  async function findOrCreate(input: NewUser): Promise<User> {
    const { username } = input
    const found = await find({ username })
    if (found !== null) return found
    try {
      return await create(input)
    } catch (error) {
      const winner = error instanceof UsernameTaken ? await find({ username }) : null
      if (winner === null) throw error
      return winner
    }
  }
}

/** Null for what can be no user's. */
function keyOf(name: UserName) {
  const text = trimName('id' in name ? name.id : 'username' in name ? name.username : name.email)
  if (!isPossible(text, longestName)) return null
  if ('id' in name) return { id: name.id }
  return 'username' in name ? { usernameKey: usernameKey(text) } : { emailKey: addressKey(text) }
}
