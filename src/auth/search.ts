import { newest } from './keyset.ts'
import type { KeysetRange, Position } from './keyset.ts'

/** What one page of a search has found. */
export interface Found<Row> {
  readonly rows: readonly Row[]
  /** Behind which row the next page begins; null at the end of the list. */
  readonly next: Position | null
  /** Did the search stop before the page was full? Then `next` is as far as it has looked. */
  readonly isCut: boolean
}

/** A list that is read newest first, by an instant and then the id. */
export interface Searched<Row extends { readonly id: string }> {
  readonly instantOf: (row: Row) => Date
  /** The rows that match. */
  readonly list: (range: KeysetRange) => PromiseLike<readonly Row[]>
  /** The place of each row that may match, by an index alone: `skip` of them passed over, and two given. */
  readonly places: (range: KeysetRange, skip: number) => PromiseLike<readonly Position[]>
}

/**
 * How many rows a page looks at: few at first, which are enough where many match, and then what a database reads in some
 * milliseconds, however many there are.
 */
const [fewLookedAt, mostLookedAt] = [500, 5_000]

/**
 * One page of a search, behind `after`. It looks at so many rows and no more: where few match, a database would read the
 * whole table before it has found a page full.
 */
export async function searchPage<Row extends { readonly id: string }>(
  searched: Searched<Row>,
  after: Position | null,
  take: number,
): Promise<Found<Row>> {
  const found = await lookAt(searched, after, { take, most: fewLookedAt })
  return found.isCut ? lookAt(searched, after, { take, most: mostLookedAt }) : found
}

async function lookAt<Row extends { readonly id: string }>(
  { instantOf, list, places }: Searched<Row>,
  after: Position | null,
  { take, most }: { readonly take: number; readonly most: number },
): Promise<Found<Row>> {
  const range = { ...newest(take + 1), after }
  const [last, beyond = null] = await places({ ...range, take: 2 }, most - 1)
  const found = await list({ ...range, before: beyond })
  const rows = found.slice(0, take)
  const end = rows.at(-1)
  if (found.length > take && end)
    return { rows, next: { at: instantOf(end), id: end.id }, isCut: false }
  const next = beyond === null ? null : (last ?? null)
  return { rows, next, isCut: next !== null }
}
