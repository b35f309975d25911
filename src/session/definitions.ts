import type { SessionDefinition, SessionDefinitions } from './data.ts'

/** What is wrong with the names of a host: a sentence for each. */
export class UnusableNames extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'UnusableNames'
  }
}

/** What holds for the names of a host. */
export interface NameLimits {
  /** What a whole session may hold, in bytes. */
  readonly mostBytes: number
  /** The names that it may not have. */
  readonly taken: readonly string[]
}

/** The definitions of one application: those of `features`, and those of its host. */
export interface Named {
  readonly names?: SessionDefinitions
}

/**
 * All names of one application, those of our own features and those of its host. Throws `UnusableNames` for a name of the host
 * that cannot be kept: one that is taken or malformed, without a schema, or with a cap that is none.
 */
export function combineDefinitions(
  features: readonly Named[],
  host: SessionDefinitions,
  limits: NameLimits,
): SessionDefinitions {
  const faults = Object.entries(host).flatMap(([name, definition]) => {
    const fault = faultOf(name, definition, limits)
    return fault === null ? [] : [`names.${name}: ${fault}`]
  })
  if (faults.length > 0) throw new UnusableNames(faults)
  return Object.assign({}, ...features.map(({ names }) => names), host) as SessionDefinitions
}

function faultOf(
  name: string,
  definition: unknown,
  { mostBytes, taken }: NameLimits,
): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(name) || name in Object.prototype)
    return 'A name is a letter, then up to 63 letters, digits and _ . -, and none that every object has.'
  if (taken.includes(name)) return 'This name is kept for our own feature. Choose another.'
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
