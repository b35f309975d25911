import { importNamed } from '../../config/module.ts'
import { claimAddresses } from '../users/addresses.ts'
import type { AuthenticationBackend } from './backend.ts'
import { createEmailBackend, createPasswordBackend } from './password-backend.ts'
import type { PasswordBackendOptions } from './password-backend.ts'
import type { AccountRules } from '../users/user.ts'
import type { Users } from '../users/users.ts'

/** A backend, or the name of one: `password`, `email`, a package, or the path of a module from the working directory. */
export type BackendChoice = string | AuthenticationBackend

/** A backend that is asked for cannot be used: the message says what is missing. */
export class BackendUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`AUTHENTICATION_BACKENDS: ${message}`, options)
    this.name = 'BackendUnusable'
  }
}

/** What a module's `createBackend` is handed. */
export interface BackendOptions extends PasswordBackendOptions {
  /** Finds and makes accounts, so that no backend need know how names are compared or passwords hashed. */
  readonly users: Users
}

/** What these backends ask of accounts. */
export function accountRulesFor(choices: readonly BackendChoice[]): AccountRules {
  return { emailIsName: choices.includes('email') }
}

/**
 * The backends of these choices, in order. A module that is named exports `createBackend(options)`. Throws
 * `BackendUnusable`.
 */
export async function openBackends(
  choices: readonly BackendChoice[],
  options: BackendOptions,
): Promise<AuthenticationBackend[]> {
  const backends: AuthenticationBackend[] = []
  for (const choice of choices) {
    const backend = await openBackend(choice, options)
    // The name is kept in sessions, and must tell one from another.
    if (backends.some((other) => other.name === backend.name))
      throw new BackendUnusable(`Two backends are called ${backend.name}.`)
    backends.push(backend)
  }
  return backends
}

/** Makes sure that there are backends of these names, without making them. Throws `BackendUnusable`. */
export async function checkBackends(choices: readonly BackendChoice[]): Promise<void> {
  for (const choice of choices)
    if (typeof choice === 'string' && !builtIn.includes(choice)) await importBackend(choice)
}

const builtIn = ['password', 'email']

async function openBackend(
  choice: BackendChoice,
  options: BackendOptions,
): Promise<AuthenticationBackend> {
  if (choice === 'password') return createPasswordBackend(options)
  if (choice === 'email') {
    await claimAddresses(options.db)
    return createEmailBackend(options)
  }
  if (typeof choice !== 'string') return checked(choice, 'createApp')
  const createBackend = await importBackend(choice)
  return checked(await createBackend(options), choice)
}

function checked(given: unknown, from: string): AuthenticationBackend {
  const backend = given as Partial<AuthenticationBackend> | null
  if (typeof backend?.name !== 'string' || typeof backend.authenticate !== 'function')
    throw new BackendUnusable(`The backend of ${from} lacks name or authenticate.`)
  return backend as AuthenticationBackend
}

async function importBackend(name: string) {
  const module = await importNamed(name).catch((cause: Error) => {
    throw new BackendUnusable(cause.message, { cause })
  })
  const createBackend = module['createBackend']
  if (typeof createBackend !== 'function')
    throw new BackendUnusable(`${name} exports no createBackend(options).`)
  return createBackend as (options: BackendOptions) => unknown
}
