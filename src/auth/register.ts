import type { NewUser, User } from './user.ts'
import { usernameKey } from './username.ts'
import type { Users } from './users.ts'
import { UsernameTaken } from '../refusals.ts'

/** Where visitors register. */
export interface Registration {
  readonly users: Users
  /** ADMIN_USERNAME: kept for the first staff user, whom no visitor may be taken for. */
  readonly reservedUsername: string
}

/** Makes a visitor's account. Throws what `Users.create` throws; a name that is kept for others is taken. */
export async function registerUser(
  { users, reservedUsername }: Registration,
  input: Pick<NewUser, 'username' | 'password' | 'email'>,
): Promise<User> {
  if (usernameKey(input.username) === usernameKey(reservedUsername)) throw new UsernameTaken()
  return users.create(input)
}
