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
 * The accounts of an application, for its host's code. Name a user by `{ id }` or `{ username }`, or pass a `User`. It
 * compares names as `login` does. The audit records every change, and says that the application made it.
 */
export interface HostUsers {
  /** The user who has that name or holds that address, active or not; null where there is none. */
  find(clue: UserClue): Promise<User | null>
  /**
   * Makes an account; with `password: null` one that no password opens. Never pass a visitor's input on whole, which may hold
   * `isStaff`. Throws `InvalidInput` naming every broken rule, or `UsernameTaken`.
   */
  create(input: NewUser, acting?: Acting): Promise<User>
  /** The user of `input.username`, unchanged; makes one where there is none. Of several calls at once, one makes the user. */
  findOrCreate(input: NewUser, acting?: Acting): Promise<User>
  /**
   * Sets a user's password, whatever it was, and ends every session of theirs; null takes the password away. Throws
   * `NotFound`, or `InvalidInput`.
   */
  setPassword(user: UserName, password: string | null, acting?: Acting): Promise<PasswordChanged>
  /**
   * Activates or deactivates a user. Deactivating ends all of their sessions; activating revives none. Throws `NotFound`, or
   * `InvalidInput` where `actor` is that user.
   */
  setActive(user: UserName, isActive: boolean, acting?: Acting): Promise<Activation>
  /** Makes a user staff, or takes that from them. Their sessions go on. Throws `NotFound`. */
  setStaff(user: UserName, isStaff: boolean, acting?: Acting): Promise<User>
  /**
   * Erases a user: ends every session, removes their records, takes the user out of the audit, and removes the account, for
   * good. The listeners get `USER_DELETED`, with the id in its detail. Where the process dies or the store fails on the way,
   * the user may not sign in; a second call finishes. Throws `NotFound`, or `InvalidInput` where `actor` is that user.
   */
  delete(user: UserName, acting?: Acting): Promise<Deletion>
  /**
   * All that the server stores about a user, as plain JSON, for users who ask for their data. It holds no secret, and nothing
   * of another person. Throws `NotFound`.
   */
  export(user: UserName): Promise<PersonalData>
  /** A page of the users, newest first; with `search`, of those whose username or address contains it. */
  list(filter?: { readonly search?: string }, page?: PageOptions): Promise<Page<User>>
}

/** The use cases that a host's calls about users need. */
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
