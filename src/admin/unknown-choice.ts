import type { Unmatchable } from './time-span.tsx'

/** A choice of a filter: the name that its field shows, and its texts by what a link says. */
export interface KnownChoice {
  readonly label: string
  readonly options: object
}

/**
 * Says which choice holds what it does not offer, as a link that was written by hand may; null where none does. `what` is what
 * the filter searches for.
 */
export function whyNoChoice<Field extends string>(
  query: Readonly<Record<NoInfer<Field>, string>>,
  known: Readonly<Record<Field, KnownChoice>>,
  what: string,
): Unmatchable<Field> | null {
  for (const field of namesOf(known)) {
    const { label, options } = known[field]
    if (Object.hasOwn(options, query[field])) continue
    return {
      why: `No ${what} can match: the address of this page asks for an unknown “${label}”.`,
      advice: 'Choose one from the list.',
      field,
    }
  }
  return null
}

function namesOf<Name extends string>(of: Readonly<Record<Name, unknown>>): readonly Name[] {
  return Object.keys(of) as Name[]
}
