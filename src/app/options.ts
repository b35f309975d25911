import type { Logger } from 'pino'
import { sectionFaults } from '../admin/section.ts'
import type { AdminSection } from '../admin/section.ts'
import type { AuthListener } from '../auth/audit/listener.ts'
import type { BackendChoice } from '../auth/logins/backends.ts'
import type { Settings } from '../config/by-hand.ts'
import type { DatabaseOptions } from '../database/driver.ts'
import { featureNames } from '../features/features.ts'
import type { FeatureSwitches, HostNames } from '../features/features.ts'
import type { Extension } from '../graphql/extension.ts'
import type { CreateStore } from '../session/engines/custom-engine.ts'
import type { SessionDefinitions } from '../session/record/data.ts'
import { nameFaults } from '../session/record/definitions.ts'
import type { Team } from '../workers/team.ts'

/** What an application has of its own, beside its settings. */
export interface Extensions {
  /** Opens the store that keeps sessions, in place of SESSION_ENGINE; or the name of an engine. */
  readonly engine?: string | CreateStore
  /** The engine where other sessions still are, in place of SESSION_ENGINE_PREVIOUS, while they move. */
  readonly previousEngine?: string | CreateStore
  /** Who checks credentials, in order, in place of AUTHENTICATION_BACKENDS: names, or backends themselves. */
  readonly backends?: readonly BackendChoice[]
  /** Told of logins, logouts, revocations and all else that the audit keeps, once it is stored. */
  readonly listeners?: readonly AuthListener[]
  /** How sessions keep each name that the host has declared in `SessionData`. */
  readonly names?: SessionDefinitions
  /** Adds types and fields of the application's own to the GraphQL schema. */
  readonly types?: NonNullable<Extension['types']>
  /** Pages of the application's own in `/admin`, in the order of its navigation. */
  readonly adminSections?: readonly AdminSection[]
  /** Which of our own features it has: all, where this is left out. */
  readonly features?: FeatureSwitches
  /** Does it count what it does, for `coat.metrics`? Left out: where METRICS_PORT is set. */
  readonly metrics?: boolean
}

/** The options of `createApp`, save the names of sessions. */
export interface HostOptions extends Omit<Extensions, 'names'> {
  /** What `readSettings` has read, or any part of it written by hand. Left out: the defaults of the server. */
  readonly settings?: Settings
  /** False: this process clears nothing that has expired. Another one does it, or `coatcheck clear-sessions`. */
  readonly upkeep?: boolean
  /** A pino logger of the host. Left out: warnings and errors, as JSON lines on standard error. */
  readonly log?: Logger
}

/** How sessions keep the names of the host: must be given where it has declared one in `SessionData`. */
export type NamesOption = {} extends HostNames
  ? { readonly names?: HostNames }
  : { readonly names: HostNames }

/** The options of `createApp`, and of a `coatcheck.config` file. Each may be left out, save the names that were declared. */
export type CoatOptions = HostOptions & NamesOption

/** How an application is opened. */
export interface AppOptions extends Extensions, DatabaseOptions {
  /** Milliseconds since 1970. For tests. */
  readonly now?: () => number
  /** False for a command: nothing answers at any path, and GraphQL is not loaded. */
  readonly serves?: boolean
  /** True for a command that looks and changes nothing: no secret key is made where there is none yet. */
  readonly looks?: boolean
  /** The processes that serve beside this one; left out where there are none. */
  readonly team?: Team
}

/** What each option is, for callers whose editor does not tell them. */
const kinds: { readonly [Name in keyof CoatOptions]-?: (value: unknown) => boolean } = {
  settings: isObject,
  log: (value) => isObject(value) && typeof value['isLevelEnabled'] === 'function',
  upkeep: (value) => typeof value === 'boolean',
  engine: isEngine,
  previousEngine: isEngine,
  backends: Array.isArray,
  listeners: (value) => Array.isArray(value) && value.every((one) => typeof one === 'function'),
  names: isObject,
  types: (value) => typeof value === 'function',
  metrics: (value) => typeof value === 'boolean',
  adminSections: Array.isArray,
  features: (value) =>
    isObject(value) &&
    Object.entries(value).every(
      ([name, isOn]) => featureNames.some((known) => known === name) && typeof isOn === 'boolean',
    ),
}

const wanted: { readonly [Name in keyof CoatOptions]-?: string } = {
  settings: 'An object of settings.',
  log: 'A pino logger.',
  upkeep: 'True or false.',
  engine: 'The name of an engine, or a function that makes a store.',
  previousEngine: 'The name of an engine, or a function that makes a store.',
  backends: 'A list of backends and names of backends.',
  listeners: 'A list of functions.',
  names: 'An object with a definition for each name.',
  types: 'A function that gets the builder of the schema.',
  metrics: 'true or false.',
  adminSections: 'A list of sections.',
  features: `An object of ${featureNames.join(', ')}, each true or false.`,
}

/** A sentence for each option that is none, or that cannot be what it is. */
export function optionFaults(options: object): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (!Object.hasOwn(kinds, name))
      return [`${name} is no option: there are ${Object.keys(kinds).join(', ')}.`]
    const known = name as keyof CoatOptions
    if (!kinds[known](value)) return [`${name}: ${wanted[known]}`]
    if (known === 'adminSections') return sectionFaults(value as readonly unknown[])
    return known === 'names' ? nameFaults(Object(value) as object, featureNames) : []
  })
}

function isEngine(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'function'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
