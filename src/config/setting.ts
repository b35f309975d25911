import type { z } from 'zod'

/** One setting: what an operator calls it, what it may be, and why they may want another value than the default. */
export interface Setting<Value> {
  /** Its name in the environment, in `.env`, in docs/settings.md and in every error about it. */
  readonly variable: string
  /** Reads its text. The message of a failure says what would do. */
  readonly schema: z.ZodType<Value>
  /** What it is where nothing is given, as its text; null: nothing. */
  readonly default: string | null
  /** The default with NODE_ENV=production, where that is another. */
  readonly inProduction?: string
  /** What it does and why it may be changed: a sentence or two, in Markdown. */
  readonly says: string
  /** A secret is taken as it is given, spaces and quotes and all. */
  readonly isSecret?: true
  /** What of its value is shown nowhere. A secret is hidden whole, whatever this says. */
  readonly hides?: 'all' | 'password'
}

/**
 * What no operator changes, and is always so. It is declared like a setting: for the errors that name it, and to tell an
 * operator who still sets it.
 */
export interface Fixed<Value = number | boolean> {
  /** What it would be called as a setting, and `extensions.limit` where it is a limit. */
  readonly name: string
  readonly value: Value
  /** What it does, and why it is not changed: a sentence or two, in Markdown. */
  readonly says: string
}

/** Settings and groups of them, by their names in Config. */
export interface Declarations {
  readonly [name: string]: Setting<unknown> | Fixed | Declarations
}

type Given<Value> = Omit<Setting<Value>, 'default'>

/** Declares a setting. Without a default it is null where nothing is given. */
export function setting<Value>(given: Given<Value> & { readonly default: string }): Setting<Value>
export function setting<Value>(given: Given<Value>): Setting<Value | null>
export function setting<Value>(given: Given<Value>): Setting<Value | null> {
  return { default: null, ...given }
}

/** Is it one setting, and no group of them? */
export function isSetting(declared: Declarations[string]): declared is Setting<unknown> {
  return 'variable' in declared && typeof declared.variable === 'string'
}

/** Is it what no operator changes? */
export function isFixed(declared: Declarations[string]): declared is Fixed {
  return 'value' in declared && typeof declared.value !== 'object'
}

/** What declarations come to, once they are read. */
export type ValuesOf<Declared> =
  Declared extends Setting<infer Value>
    ? Value
    : Declared extends Fixed<infer Value>
      ? Value
      : { readonly [Name in keyof Declared]: ValuesOf<Declared[Name]> }

/** The same where each setting may be one that could not be read, and is undefined. */
export type ReadableOf<Declared> =
  Declared extends Setting<infer Value>
    ? Value | undefined
    : Declared extends Fixed<infer Value>
      ? Value
      : { readonly [Name in keyof Declared]: ReadableOf<Declared[Name]> }

/** A setting, and what a program calls it: `policy.age`. */
export interface NamedSetting {
  readonly path: string
  readonly setting: Setting<unknown>
}

/** Every setting of a group and of the groups within it, in their order. `prefix` begins their names. */
export function namedIn(declarations: Declarations, prefix = ''): readonly NamedSetting[] {
  return Object.entries(declarations).flatMap(([name, declared]) => {
    const path = `${prefix}${name}`
    if (isSetting(declared)) return [{ path, setting: declared }]
    return isFixed(declared) ? [] : namedIn(declared, `${path}.`)
  })
}

/** The same settings without their names. */
export function settingsIn(declarations: Declarations): readonly Setting<unknown>[] {
  return namedIn(declarations).map(({ setting }) => setting)
}

/** What no operator changes, likewise. */
export function fixedIn(declarations: Declarations): readonly Fixed[] {
  return Object.values(declarations).flatMap((declared) => {
    if (isFixed(declared)) return [declared]
    return isSetting(declared) ? [] : fixedIn(declared)
  })
}
