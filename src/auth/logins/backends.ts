import type { Logger } from 'pino'
import { builtInSentence, importNamed } from '../../config/module.ts'
import { claimAddresses } from '../users/addresses.ts'
import type { AccountRules } from '../users/new-user.ts'
import type { Users } from '../users/users.ts'
import type { PasswordHasher } from '../passwords/password.ts'
import type { AuthenticationBackend } from './backend.ts'
import { assertBackendName } from './identity.ts'
import { holdToContract } from './custom-backend.ts'
import { createEmailBackend, createPasswordBackend } from './password-backend.ts'
import type { PasswordBackendOptions } from './password-backend.ts'

/** A backend cannot be used: the message says what is missing. */
export class BackendUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BackendUnusable'
  }
}

/** What `createBackend` gets. */
export interface BackendTools {
  /** Finds and makes accounts, so that no backend has to compare names itself. */
  readonly users: Users
  /** Checks our hashes and Django's, and makes ours. */
  readonly passwords: Pick<PasswordHasher, 'hash' | 'verify' | 'needsUpgrade'>
  /** The log of the server. */
  readonly log: Logger
}

/** Makes a backend. A module exports one as `createBackend`. */
export type CreateBackend = (
  tools: BackendTools,
) => AuthenticationBackend | Promise<AuthenticationBackend>

/**
 * A backend by its name in the settings (`password`, `email`, a package, the path of a module), or a host's own object or
 * function.
 */
export type BackendChoice = string | AuthenticationBackend | CreateBackend

/** What the backends need. */
export interface BackendOptions extends PasswordBackendOptions {
  readonly users: Users
  readonly log: Logger
  /** How long a backend of the host's own may take to answer, in milliseconds. */
  readonly timeout: number
}

/** The rules for accounts that follow from these backends. */
export function accountRulesFor(choices: readonly BackendChoice[]): AccountRules {
  return { emailIsName: choices.includes('email') }
}

/**
 * Opens the backends of these choices, in order. A path counts from the working directory. Throws `BackendUnusable` for a
 * choice that is no backend, and where two have the same name: sessions keep that name. With no choices, every login is
 * refused: for a host that vouches for all of its users.
 */
export async function openBackends(
  choices: readonly BackendChoice[],
  options: BackendOptions,
): Promise<AuthenticationBackend[]> {
  const backends: AuthenticationBackend[] = []
  for (const choice of choices) {
    const backend =
      (await openBuiltIn(choice, options)) ??
      (await openOwn(choice, options).catch(refuse(choices)))
    if (backends.some((other) => other.name === backend.name))
      throw unusable(`Two backends are called ${backend.name}.`, choices)
    backends.push(backend)
  }
  return backends
}

/** Makes sure that there are backends of these names, without making them. Throws `BackendUnusable`. */
export async function checkBackends(choices: readonly BackendChoice[]): Promise<void> {
  for (const choice of choices)
    if (typeof choice === 'string' && !builtIn.includes(choice))
      await importBackend(choice).catch(refuse(choices))
}

const builtIn: readonly string[] = ['password', 'email']

/** Null for a choice that is not ours. */
async function openBuiltIn(
  choice: BackendChoice,
  options: BackendOptions,
): Promise<AuthenticationBackend | null> {
  if (choice === 'password') return createPasswordBackend(options)
  if (choice !== 'email') return null
  await claimAddresses(options.db)
  return createEmailBackend(options)
}

async function openOwn(
  choice: BackendChoice,
  options: BackendOptions,
): Promise<AuthenticationBackend> {
  const { users, passwords, log } = options
  const make = typeof choice === 'string' ? await importBackend(choice) : choice
  const made: unknown = typeof make === 'function' ? await make({ users, passwords, log }) : make
  return holdToContract(asBackend(made, nameOf(choice)), options)
}

/** How an error calls a choice. */
function nameOf(choice: BackendChoice): string {
  if (typeof choice === 'string') return `The backend of ${choice}`
  return typeof choice === 'function' ? 'What a function of backends makes' : 'An entry of backends'
}

function asBackend(made: unknown, whose: string): AuthenticationBackend {
  const { name, authenticate } = (made ?? {}) as Partial<AuthenticationBackend>
  if (typeof name !== 'string' || typeof authenticate !== 'function')
    throw new TypeError(`${whose} lacks name or authenticate.`)
  assertBackendName(name)
  return made as AuthenticationBackend
}

async function importBackend(name: string): Promise<CreateBackend> {
  const others = builtInSentence(name, builtIn)
  const module = await importNamed(name).catch((cause: Error) => {
    throw new Error(`${cause.message}${others}`, { cause })
  })
  const createBackend = module['createBackend']
  if (typeof createBackend !== 'function')
    throw new TypeError(`${name} exports no createBackend(options).${others}`)
  return createBackend as CreateBackend
}

function refuse(choices: readonly BackendChoice[]): (cause: unknown) => never {
  return (cause) => {
    throw unusable(cause instanceof Error ? cause.message : String(cause), choices, { cause })
  }
}

/** The message names the setting where only the setting can have named the backend. */
function unusable(message: string, choices: readonly BackendChoice[], options?: ErrorOptions) {
  const isSetting = choices.every((choice) => typeof choice === 'string')
  return new BackendUnusable(
    `${isSetting ? 'AUTHENTICATION_BACKENDS' : 'backends'}: ${message}`,
    options,
  )
}
