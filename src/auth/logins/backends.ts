import { importNamed } from '../../config/module.ts'
import { claimAddresses } from '../users/addresses.ts'
import type { AuthenticationBackend } from './backend.ts'
import { createEmailBackend, createPasswordBackend } from './password-backend.ts'
import type { PasswordBackendOptions } from './password-backend.ts'
import type { AccountRules } from '../users/user.ts'
import type { Users } from '../users/users.ts'

/** A backend that the settings name cannot be used: the message says what is missing. */
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
export function accountRulesFor(names: readonly string[]): AccountRules {
  return { emailIsName: names.includes('email') }
}

/**
 * The backends of these names, in order: `password`, `email`, a package, or the path of a module from the working
 * directory. A module exports `createBackend(options)`. Throws `BackendUnusable`.
 */
export async function openBackends(
  names: readonly string[],
  options: BackendOptions,
): Promise<AuthenticationBackend[]> {
  const backends: AuthenticationBackend[] = []
  for (const name of names) {
    const backend = await openBackend(name, options)
    // The name is kept in sessions, and must tell one from another.
    if (backends.some((other) => other.name === backend.name))
      throw new BackendUnusable(`Two backends are called ${backend.name}.`)
    backends.push(backend)
  }
  return backends
}

/** Makes sure that there are backends of these names, without making them. Throws `BackendUnusable`. */
export async function checkBackends(names: readonly string[]): Promise<void> {
  for (const name of names) if (!builtIn.includes(name)) await importBackend(name)
}

const builtIn = ['password', 'email']

async function openBackend(name: string, options: BackendOptions): Promise<AuthenticationBackend> {
  if (name === 'password') return createPasswordBackend(options)
  if (name === 'email') {
    await claimAddresses(options.db)
    return createEmailBackend(options)
  }
  const createBackend = await importBackend(name)
  const backend = (await createBackend(options)) as Partial<AuthenticationBackend> | null
  if (typeof backend?.name !== 'string' || typeof backend.authenticate !== 'function')
    throw new BackendUnusable(`The backend of ${name} lacks name or authenticate.`)
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
