import type { PasswordChanged } from '../accounts/change-password.ts'
import type { UseCases } from '../use-cases.ts'
import type { Activation } from '../accounts/accounts.ts'
import type { Deletion } from '../accounts/deletion.ts'
import type { NewUser } from '../users/new-user.ts'
import type { PersonalData } from '../accounts/personal-data.ts'
import type { User } from '../users/user.ts'
import { userNamed } from '../users/users.ts'
import type { UserClue, UserName } from '../users/users.ts'
import { asHost } from './acting.ts'
import type { Acting } from './acting.ts'
import { pageOf } from './page.ts'
import type { Page, PageOptions } from './page.ts'

/**
 * The accounts of an application, for the code of its host. A user is named by `{ id }` or `{ username }`, as a `User` is;
 * names are compared as `login` compares them. The audit records every change, and says that the application made it.
 */
export interface HostUsers {
  /** The user of that name, or who holds that address, active or not; null where there is none. */
  find(clue: UserClue): Promise<User | null>
  /**
   * Makes an account; with `password: null` one that no password opens. Never pass on what a visitor sent: `isStaff` is
   * among its fields. Throws `InvalidInput` naming every broken rule, or `UsernameTaken`.
   */
  create(input: NewUser, acting?: Acting): Promise<User>
  /** The user of `input.username`, unchanged, who is made where there is none. Of several calls at once one makes it. */
  findOrCreate(input: NewUser, acting?: Acting): Promise<User>
  /**
   * Sets a user's password, whatever it was, and ends every session of theirs; null takes the password away. Throws
   * `NotFound`, or `InvalidInput`.
   */
  setPassword(user: UserName, password: string | null, acting?: Acting): Promise<PasswordChanged>
  /**
   * Lets a user sign in, or no longer, which ends all of their sessions; the former revives none. Throws `NotFound`, or
   * `InvalidInput` where `actor` is that user.
   */
  setActive(user: UserName, isActive: boolean, acting?: Acting): Promise<Activation>
  /** Makes a user staff, or staff no longer. Their sessions go on. Throws `NotFound`. */
  setStaff(user: UserName, isStaff: boolean, acting?: Acting): Promise<User>
  /**
   * Erases a user: ends every session, removes what the store has of them, takes the user out of the audit, and removes the
   * account. The listeners hear `USER_DELETED`, with the id in its detail. Where it is cut off, or the store fails, the user
   * may not sign in, and calling it again finishes it. This cannot be undone. Throws `NotFound`, or `InvalidInput` where
   * `actor` is that user.
   */
  delete(user: UserName, acting?: Acting): Promise<Deletion>
  /**
   * All that is stored of a user, as JSON can say it, for one who asks for their data. It holds no secret and nothing of
   * another person. Throws `NotFound`.
   */
  export(user: UserName): Promise<PersonalData>
  /** A page of the users, newest first; with `search` of those who have it in their username or address. */
  list(filter?: { readonly search?: string }, page?: PageOptions): Promise<Page<User>>
}

/** What is done with the accounts for a host. */
export type HostUsersParts = Pick<
  UseCases['users'],
  | 'find'
  | 'list'
  | 'add'
  | 'findOrAdd'
  | 'setPassword'
  | 'setActive'
  | 'setStaff'
  | 'delete'
  | 'exportOf'
>

/** Hands a host the use cases that GraphQL, the staff's pages and the shell call too. */
export function createHostUsers(users: HostUsersParts): HostUsers {
  return {
    find: users.find,
    create: (input, acting) => users.add(input, asHost(acting)),
    findOrCreate: (input, acting) => users.findOrAdd(input, asHost(acting)),
    setPassword: async (user, password, acting) =>
      users.setPassword(userNamed(user), password, asHost(acting)),
    setActive: async (user, isActive, acting) =>
      users.setActive(userNamed(user), isActive, asHost(acting)),
    setStaff: async (user, isStaff, acting) =>
      users.setStaff(userNamed(user), isStaff, asHost(acting)),
    delete: async (user, acting) => users.delete(userNamed(user), asHost(acting)),
    export: async (user) => users.exportOf(userNamed(user)),
    list: ({ search } = {}, page) =>
      pageOf<User>(
        {
          name: 'users',
          positionOf: ({ dateJoined, id }) => ({ at: dateJoined, id }),
          find: (range) => users.list(search ?? null, range),
        },
        page,
      ),
  }
}
