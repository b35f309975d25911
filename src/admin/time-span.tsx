import type { ComponentChildren } from 'preact'
import { textIn } from './links.ts'
import { Time, Zone } from './times.tsx'

/** Two fields of a filter, as a form sends them and a link carries them: from an instant on, and before another. Empty: no bound. */
export interface SpanQuery {
  readonly from: string
  readonly until: string
}

/** A filter that nothing can match, whatever there is. */
export interface Unmatchable<Field extends string = string> {
  readonly why: string
  readonly advice: ComponentChildren
  /** The field whose value no row can have; null where it takes several fields to exclude all rows. */
  readonly field: Field | null
}

/** What a form or a link says of them. */
export function readSpan(params: URLSearchParams): SpanQuery {
  return { from: textIn(params, 'from'), until: textIn(params, 'until') }
}

/** What the fields of a time send, with a space in place of the T as people write it. */
const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)$/

/** The instant that a field says in UTC; null where it says nothing, and an invalid date for any other text. */
export function instantOf(text: string): Date | null {
  if (text === '') return null
  const [, day, time] = form.exec(text) ?? []
  const at = new Date(`${day}T${time}Z`)
  // A day that its month does not have would be read as one of the next.
  const isReal = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(`${day}T${time}`)
  return isReal ? at : new Date(Number.NaN)
}

/** The later of two bounds, or the one that there is. */
export function later(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return new Date(Math.max(one.getTime(), other.getTime()))
}

/** The earlier of two bounds, or the one that there is. */
export function earlier(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return new Date(Math.min(one.getTime(), other.getTime()))
}

/** Is one of the two no time, or the first still to come? Then this says so. `what`: what is searched for. */
export function whyNoTime(
  query: SpanQuery,
  { what, now }: { what: string; now: number },
): Unmatchable<keyof SpanQuery> | null {
  for (const field of ['from', 'until'] as const) {
    if (!Number.isNaN(instantOf(query[field])?.getTime())) continue
    return {
      why: `No ${what} can match: “${field}” has no date with a time.`,
      advice: (
        <>
          Write one such as 2026-11-26T14:00, in <Zone />, or leave it out.
        </>
      ),
      field,
    }
  }
  if ((instantOf(query.from)?.getTime() ?? now) <= now) return null
  return {
    why: `No ${what} can match: the time in “from” is still to come.`,
    advice: (
      <>
        It is <Time at={new Date(now)} /> now.
      </>
    ),
    field: 'from',
  }
}

/** What to say of times of which none is between: those of the two fields, and those of a choice beside them. */
export function nothingBetween(what: string): Unmatchable<never> {
  return {
    why: `No ${what} can match: there is no time between those that are asked for.`,
    advice: 'Let “until” be later than “from”, or change the choice beside them.',
    field: null,
  }
}
