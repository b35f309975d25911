import { invalid } from '../../refusals.ts'
import { cursorOf, parseCursor } from '../lists/cursor.ts'
import { cutPage } from '../lists/keyset.ts'
import type { KeysetRange, Position } from '../lists/keyset.ts'

/** Which page of a list, newest first. */
export interface PageOptions {
  /** The most rows: 1 to 1000; 50 where it is left out. */
  readonly first?: number
  /** The `next` of the page before. Null, or left out: the first page. */
  readonly after?: string | null
}

/** One page of a list. */
export interface Page<Row> {
  readonly items: readonly Row[]
  /** The `after` of the next page; null where there is none. */
  readonly next: string | null
}

/** A list that is read newest first. */
export interface PagedList<Row> {
  /** Tells its cursors from those of other lists. */
  readonly name: string
  readonly positionOf: (row: Row) => Position
  readonly find: (range: KeysetRange) => Promise<Row[]>
}

/** One page of `list`. Throws `InvalidInput` for options that name no page. */
export async function pageOf<Row>(
  { name, positionOf, find }: PagedList<Row>,
  { first = 50, after = null }: PageOptions = {},
): Promise<Page<Row>> {
  if (!Number.isInteger(first) || first < 1 || first > 1000)
    throw invalid('first', { message: '1 to 1000.', code: 'TOO_LARGE', min: 1, max: 1000 })
  const start = after === null ? null : parseCursor(name, String(after))
  if (after !== null && start === null)
    throw invalid('after', { message: 'Not the next of a page.', code: 'INVALID_FORMAT' })
  const rows = await find({ after: start, before: null, take: first + 1, direction: 'desc' })
  const { rows: items, next } = cutPage(rows, first, positionOf)
  return { items, next: next && cursorOf(name, next) }
}
