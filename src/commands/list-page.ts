import { cursorOf, parseCursor } from '../auth/lists/cursor.ts'
import type { ListPage, Position } from '../auth/lists/keyset.ts'
import type { Found } from '../auth/lists/search.ts'
import { remark, UsageError } from './terminal/terminal.ts'

/** The lists that the commands print, by the names that the cursors of the API have for them. */
export type ListName = 'sessions' | 'users' | 'audit'

/** The place that `--after` names; null where it is left out. Throws `UsageError` for what is no cursor of this list. */
export function placeOf(list: ListName, after: string | undefined): Position | null {
  if (after === undefined) return null
  const place = parseCursor(list, after)
  if (place === null) throw new UsageError(`--after takes a cursor of "${list} list".`)
  return place
}

/**
 * A page of a search: `take` rows, or all that are left. `find` stops early where it has looked at very many rows, so that a
 * person at /admin is not kept waiting. At the shell the search goes on.
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
