import { importNamed } from '../session/module.ts'
import type { AuthenticationBackend } from './backend.ts'
import { createEmailBackend, createPasswordBackend } from './password-backend.ts'
import type { PasswordBackendOptions } from './password-backend.ts'

/** A backend that the settings name cannot be used: the message says what is missing. */
export class BackendUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(`AUTHENTICATION_BACKENDS: ${message}`, options)
    this.name = 'BackendUnusable'
  }
}

/**
 * The backends of these names, in order: `password`, `email`, a package, or the path of a module from the working
 * directory. A module exports `createBackend(options)`. Throws `BackendUnusable`.
 */
export async function openBackends(
  names: readonly string[],
  options: PasswordBackendOptions,
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

async function openBackend(
  name: string,
  options: PasswordBackendOptions,
): Promise<AuthenticationBackend> {
  if (name === 'password') return createPasswordBackend(options)
  if (name === 'email') return createEmailBackend(options)
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
  return createBackend as (options: PasswordBackendOptions) => unknown
}
