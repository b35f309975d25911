import type { Extension } from '../graphql/extension.ts'
import type { SessionDefinition, SessionName } from '../session/record/data.ts'
import type { SessionData } from '../session/record/session-data.ts'
import { cartDefinition } from './cart/names.ts'
import { addCart } from './cart/types.ts'
import { preferencesDefinition } from './preferences/names.ts'
import { addPreferences } from './preferences/types.ts'
import { valuesDefinition } from './values/names.ts'
import { addValues } from './values/types.ts'

/** Which of our own features an application has: all that are not switched off. */
export interface FeatureSwitches {
  /** A cart, of lines of a sku and a quantity. */
  readonly cart?: boolean
  /** Theme, locale, time zone and currency. */
  readonly preferences?: boolean
  /** The visitor's own names and values: `setSessionValue`. */
  readonly values?: boolean
}

/** The names that our own features keep in a session. They stay theirs where a feature is switched off: see `featuresOf`. */
export const featureNames = [
  'cart',
  'preferences',
  'values',
] as const satisfies (keyof FeatureSwitches)[]

type HostName = Exclude<SessionName, keyof FeatureSwitches>

/** How sessions keep the names of a host: one definition for each that it has declared in `SessionData`, and no more. */
export type HostNames = [HostName] extends [never]
  ? Readonly<Record<string, never>> // `{}` would take any name
  : { readonly [Name in HostName]: SessionDefinition<SessionData[Name]> } & {
      readonly [Name in keyof FeatureSwitches]?: never
    }

/**
 * The features that are switched on, each the same as what a host adds. What a session holds already under the name of a
 * feature that is switched off stays where it is: it counts towards the session's size, and no resolver sees it.
 */
export function featuresOf({
  cart = true,
  preferences = true,
  values = true,
}: FeatureSwitches): Extension[] {
  const all: [boolean, Extension][] = [
    [cart, { names: { cart: cartDefinition }, types: addCart }],
    [preferences, { names: { preferences: preferencesDefinition }, types: addPreferences }],
    [values, { names: { values: valuesDefinition }, types: addValues }],
  ]
  return all.filter(([isOn]) => isOn).map(([, feature]) => feature)
}
