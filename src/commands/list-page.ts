import { cursorOf, parseCursor } from '../auth/lists/cursor.ts'
import type { Position } from '../auth/lists/keyset.ts'
import type { Found } from '../auth/lists/search.ts'
import { remark, UsageError } from './terminal/terminal.ts'

/** The lists that the commands print, by the names that the cursors of the API have for them. */
export type ListName = 'sessions' | 'users' | 'audit'

/** A page of a list, and the place behind which the next one begins; null at the end of the list. */
export interface ListPage<Row> {
  readonly rows: readonly Row[]
  readonly next: Position | null
}

/** The place that `--after` names; null where it is left out. Throws `UsageError` for what is no cursor of this list. */
export function placeOf(list: ListName, after: string | undefined): Position | null {
  if (after === undefined) return null
  const place = parseCursor(list, after)
  if (place === null) throw new UsageError(`--after takes a cursor of "${list} list".`)
  return place
}

/** The first `take` of `rows`, of which one more was asked for to learn whether the list goes on. */
export function listPageOf<Row>(
  rows: readonly Row[],
  take: number,
  positionOf: (row: Row) => Position,
): ListPage<Row> {
  const page = rows.slice(0, take)
  const last = page.at(-1)
  return { rows: page, next: rows.length > take && last ? positionOf(last) : null }
}

/**
 * A page of a search that is full, or reaches the end of the list. The search for people stops where it has looked at so many
 * rows; at the shell it goes on until then.
 */
export async function searchOn<Row>(
  find: (after: Position | null, take: number) => Promise<Found<Row>>,
  after: Position | null,
  take: number,
): Promise<ListPage<Row>> {
  const rows: Row[] = []
  let next = after
  do {
    const found = await find(next, take - rows.length)
    rows.push(...found.rows)
    next = found.next
  } while (next !== null && rows.length < take)
  return { rows, next }
}

/** Says at a terminal how to see what comes after the page, in one line to copy; nothing where that was all. */
export function remarkOnMore(list: ListName, { next }: Pick<ListPage<unknown>, 'next'>): void {
  if (next !== null) remark(`There are more: --after ${cursorOf(list, next)}`)
}
