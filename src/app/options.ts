import type { Logger } from 'pino'
import type { AuthListener } from '../auth/audit/listener.ts'
import type { BackendChoice } from '../auth/logins/backends.ts'
import type { Settings } from '../config/by-hand.ts'
import type { DatabaseOptions } from '../database/database.ts'
import type { CreateStore } from '../session/custom-engine.ts'

/** What an application has of its own, beside its settings. */
export interface Extensions {
  /** Opens the store that keeps sessions, in place of SESSION_ENGINE; or the name of an engine. */
  readonly engine?: string | CreateStore
  /** Who checks credentials, in order, in place of AUTHENTICATION_BACKENDS: names, or backends themselves. */
  readonly backends?: readonly BackendChoice[]
  /** Told of logins, logouts, revocations and all else that the audit keeps, once it is stored. */
  readonly listeners?: readonly AuthListener[]
}

/** The options of `createApp`, and of a `coatcheck.config` file. Each may be left out. */
export interface CoatOptions extends Extensions {
  /** What `readSettings` has read, or any part of it written by hand. Left out: the defaults of the server. */
  readonly settings?: Settings
  /** A pino logger of the host. Left out: warnings and errors, as JSON lines on standard error. */
  readonly log?: Logger
}

/** How an application is opened. */
export interface AppOptions extends Extensions, DatabaseOptions {
  /** Milliseconds since 1970. For tests. */
  readonly now?: () => number
  /** False for a command: nothing answers at any path, and GraphQL is not loaded. */
  readonly serves?: boolean
}

/** What each option is, for callers whose editor does not tell them. */
const kinds: { readonly [Name in keyof CoatOptions]-?: (value: unknown) => boolean } = {
  settings: isObject,
  log: (value) => isObject(value) && typeof value['isLevelEnabled'] === 'function',
  engine: (value) => typeof value === 'string' || typeof value === 'function',
  backends: (value) => Array.isArray(value) && value.length > 0,
  listeners: (value) => Array.isArray(value) && value.every((one) => typeof one === 'function'),
}

const wanted: { readonly [Name in keyof CoatOptions]-?: string } = {
  settings: 'An object of settings.',
  log: 'A pino logger.',
  engine: 'The name of an engine, or a function that makes a store.',
  backends: 'A list of backends and names of backends, with one at least.',
  listeners: 'A list of functions.',
}

/** A sentence for each option that is none, or that cannot be what it is. */
export function optionFaults(options: object): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (!Object.hasOwn(kinds, name))
      return [`${name} is no option: there are ${Object.keys(kinds).join(', ')}.`]
    const known = name as keyof CoatOptions
    return kinds[known](value) ? [] : [`${name}: ${wanted[known]}`]
  })
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
