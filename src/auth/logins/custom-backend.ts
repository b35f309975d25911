import {
  InvalidCredentials,
  ServerBusy,
  SessionStoreUnavailable,
  TooManyAttempts,
} from '../../refusals.ts'
import { beforeDeadline, createDeadlines } from '../../waiting/deadlines.ts'
import type { User } from '../users/user.ts'
import type { Users } from '../users/users.ts'
import type { AuthenticationBackend, BackendAnswer } from './backend.ts'

/**
 * A backend failed, hung, or gave an answer outside the contract. The visitor gets a server error; the log has the `cause`.
 */
export class BackendFailed extends Error {
  constructor(name: string, what: string, options?: ErrorOptions) {
    super(`The authentication backend "${name}" ${what}.`, options)
    this.name = 'BackendFailed'
  }
}

/** What the check of a backend's answers needs. */
export interface CustomBackendOptions {
  readonly users: Pick<Users, 'find'>
  /** How long it may take, in milliseconds. */
  readonly timeout: number
}

/**
 * Holds a custom backend to its contract: an answer in time, which is a user of this database, null or 'veto'. Reads the user
 * again, whatever the backend says of them. Rejects with `BackendFailed` otherwise; errors that say that this server is busy,
 * or has no database, pass as they are.
 */
export function holdToContract(
  backend: AuthenticationBackend,
  { users, timeout }: CustomBackendOptions,
): AuthenticationBackend {
  const { name } = backend
  const startDeadline = createDeadlines(timeout)
  return {
    name,
    async authenticate(credentials, from) {
      const asking = async () => backend.authenticate(credentials, from)
      const answer = await beforeDeadline(asking(), startDeadline, late).catch(fail)
      if (answer === null || answer === 'veto') return answer
      return find(answer)
    },
  }

  function fail(cause: unknown): never {
    if (passing.some((type) => cause instanceof type)) throw cause
    throw new BackendFailed(name, 'failed', { cause })
  }

  async function find(answer: User): Promise<BackendAnswer> {
    const { id, epoch } = (answer ?? {}) as Partial<User>
    if (typeof id !== 'string' || typeof epoch !== 'number')
      throw new BackendFailed(name, "answered with neither a user of `users`, null nor 'veto'")
    const user = await users.find({ id })
    if (user === null)
      throw new BackendFailed(name, 'vouched for a user who is not in this database')
    // Keeps the epoch that the backend saw: a change of password since then makes this login outdated.
    return { ...user, epoch }
  }
}

/** Errors that a backend throws on purpose, and those it gets from `users`. */
const passing = [InvalidCredentials, TooManyAttempts, ServerBusy, SessionStoreUnavailable]

const late = () => new Error('It did not answer in time.')
