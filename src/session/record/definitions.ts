import type { SessionDefinition, SessionDefinitions } from './data.ts'

/** The most JSON a session may hold, in bytes. */
export const mostBytes = 65_536

/** All names of one application: those of its features, and those of its host. */
export function combineDefinitions(
  features: readonly { readonly names?: SessionDefinitions }[],
  host: SessionDefinitions,
): SessionDefinitions {
  return Object.assign({}, ...features.map(({ names }) => names), host) as SessionDefinitions
}

/**
 * A sentence for each name of a host that sessions cannot keep: one that is `taken` or malformed, or that has no schema, no
 * valid cap, or an unknown rule for guests.
 */
export function nameFaults(names: object, taken: readonly string[]): string[] {
  return Object.entries(names).flatMap(([name, definition]) => {
    const fault = faultOf(name, definition, taken)
    return fault === null ? [] : [`names.${name}: ${fault}`]
  })
}

function faultOf(name: string, definition: unknown, taken: readonly string[]): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(name) || name in Object.prototype)
    return 'A name is a letter, then up to 63 letters, digits and _ . -, and none that every object has.'
  if (taken.includes(name)) return 'Our own feature has this name. Choose another.'
  const {
    schema,
    maxBytes,
    onSignIn = 'keep',
  } = Object(definition) as Loosely<SessionDefinition<unknown>>
  if (typeof (Object(schema) as { safeParse?: unknown }).safeParse !== 'function')
    return 'It has no schema: a Zod schema, or an object with a function safeParse like its own.'
  if (!Number.isSafeInteger(maxBytes) || Number(maxBytes) < 1 || Number(maxBytes) > mostBytes)
    return `maxBytes is a whole number from 1 to ${mostBytes}, which is what a whole session holds.`
  if (onSignIn !== 'keep' && onSignIn !== 'drop' && typeof onSignIn !== 'function')
    return "onSignIn is 'keep', 'drop' or a function (value, user) => value."
  return null
}

/** As it may come from a host without types. */
type Loosely<Shape> = { readonly [Name in keyof Shape]?: unknown }
