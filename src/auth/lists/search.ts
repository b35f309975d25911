import { cutPage, newest } from './keyset.ts'
import type { KeysetRange, ListPage, Position } from './keyset.ts'

/** What a search has found in a range. */
export interface Looked<Row> {
  readonly rows: readonly Row[]
  /**
   * Where the search stopped early: before it had enough rows, and before the end of the range. It has not looked at rows
   * behind this place. Null where it did not stop early.
   */
  readonly cutAt: Position | null
}

/** What one page of a search has found. */
export interface Found<Row> extends ListPage<Row> {
  /** Did the search stop before the page was full? Then `next` is as far as it has looked. */
  readonly isCut: boolean
}

/** A list that is read by an instant and then the id. */
export interface Searched<Row extends { readonly id: string }> {
  /** The rows that match. */
  readonly list: (range: KeysetRange) => PromiseLike<readonly Row[]>
  /** The places of rows that may match, by an index alone: two of them, after `skip` others. */
  readonly places: (range: KeysetRange, skip: number) => PromiseLike<readonly Position[]>
  /** The rows that match, where another index finds them because they are few; null where they may be many. */
  readonly rare?: (range: KeysetRange) => PromiseLike<readonly Row[] | null>
}

/** How many rows a search looks at first: enough where many match. */
const fewLookedAt = 500

/** How many it looks at where the first were not enough. A database reads these in some milliseconds. */
const mostLookedAt = 5_000

/**
 * How many rows a page for people looks at: at first, so that it is as quick as on a small table, and where its reader
 * searches further back.
 */
const [atFirst, furtherBack] = [2_000, 20_000]

/**
 * The rows of a search in `range`. It looks at no more than `most`: where few match, a database would read the whole table.
 */
export async function look<Row extends { readonly id: string }>(
  searched: Searched<Row>,
  range: KeysetRange,
  most = mostLookedAt,
): Promise<Looked<Row>> {
  const found = await lookAt(searched, range, fewLookedAt)
  if (found.cutAt === null) return found
  const rows = (await searched.rare?.(range)) ?? null
  return rows ? { rows, cutAt: null } : lookAt(searched, range, most)
}

/** One page of a search for people, newest first and behind `after`. */
export async function searchPage<Row extends { readonly id: string }>(
  searched: Searched<Row> & { readonly instantOf: (row: Row) => Date },
  after: Position | null,
  take: number,
): Promise<Found<Row>> {
  const most = after === null ? atFirst : furtherBack
  const { rows, cutAt } = await look(searched, { ...newest(take + 1), after }, most)
  const positionOf = (row: Row) => ({ at: searched.instantOf(row), id: row.id })
  const page = cutPage(rows, take, positionOf)
  return page.next === null
    ? { ...page, next: cutAt, isCut: cutAt !== null }
    : { ...page, isCut: false }
}

async function lookAt<Row extends { readonly id: string }>(
  { list, places }: Searched<Row>,
  range: KeysetRange,
  most: number,
): Promise<Looked<Row>> {
  const [last, beyond] = await places({ ...range, take: 2 }, most - 1)
  if (last === undefined || beyond === undefined) return { rows: await list(range), cutAt: null }
  const isDown = range.direction === 'desc'
  const rows = await list({ ...range, [isDown ? 'before' : 'after']: beyond })
  return { rows, cutAt: rows.length < range.take ? last : null }
}
