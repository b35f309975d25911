import { resolveCursorConnection } from '@pothos/plugin-relay'
import type { DefaultConnectionArguments, ResolveCursorConnectionArgs } from '@pothos/plugin-relay'
import { cursorOf, parseCursor } from '../auth/lists/cursor.ts'
import type { KeysetRange, Position } from '../auth/lists/keyset.ts'
import type { Looked } from '../auth/lists/search.ts'
import { LimitExceeded } from './limits.ts'
import { badInput } from './bad-input.ts'

/** What one request may read of all lists together: a list within a list is read once for every row of the outer one. */
export interface RowBudget {
  readonly pageSize: number
  /** Throws `LimitExceeded` where that many are not left, and ends the request. */
  spend(rows: number): void
  /** For the next event of a stream. */
  refill(): void
}

/** A list that is read newest first, by an instant and then the id. */
export interface KeysetList<Row> {
  /** Tells its cursors from those of other lists. */
  readonly name: string
  readonly instantOf: (row: Row) => Date
  /** The rows of the range, or as many of them as it has found where it stopped. */
  readonly find: (range: KeysetRange) => Promise<Looked<Row>>
  readonly count: () => Promise<number>
}

/**
 * One page of `list`, by Relay's arguments, out of what the request may still read. It is counted only where the caller
 * asks for the total. A search that stopped before the page was full says that there is more, from where it stopped. Throws `LimitExceeded`, or a coded error for arguments that make no page.
 */
export async function readPage<Row extends { readonly id: string }>(
  args: DefaultConnectionArguments,
  budget: RowBudget,
  { name, instantOf, find, count }: KeysetList<Row>,
) {
  const maxSize = budget.pageSize
  checkSize(args, maxSize)
  budget.spend(1 + (args.first ?? args.last ?? defaultSize)) // an empty page costs a question too
  const seen: { cutAt: Position | null; isFromEnd: boolean } = { cutAt: null, isFromEnd: false }
  const page = await resolveCursorConnection(
    {
      args,
      toCursor: (row: Row) => cursorOf(name, { at: instantOf(row), id: row.id }),
      defaultSize,
      maxSize,
    },
    async ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) => {
      const { rows, cutAt } = await find({
        after: positionAt(name, after),
        before: positionAt(name, before),
        take: limit,
        direction: inverted ? 'asc' : 'desc',
      })
      Object.assign(seen, { cutAt, isFromEnd: inverted })
      return [...rows]
    },
  )
  if (seen.cutAt !== null)
    Object.assign(page.pageInfo, goingOn(cursorOf(name, seen.cutAt), seen.isFromEnd))
  const totalCount = () => {
    budget.spend(1)
    return count()
  }
  return { ...page, totalCount }
}

const defaultSize = 20

/** What a page says of itself that a search left before it was full: the next one goes on behind `cursor`. */
function goingOn(cursor: string, isFromEnd: boolean) {
  return isFromEnd
    ? { hasPreviousPage: true, startCursor: cursor }
    : { hasNextPage: true, endCursor: cursor }
}

/** What a cursor of `list` says; null without one. Throws a coded error for any other text. */
function positionAt(list: string, cursor: string | undefined): Position | null {
  if (cursor === undefined) return null
  const position = parseCursor(list, cursor)
  if (position === null) throw badInput('Not a cursor of this list.')
  return position
}

/** Relay's rule, and a limit that says its name. */
function checkSize({ first, last }: DefaultConnectionArguments, most: number): void {
  for (const size of [first, last]) {
    if (size == null) continue
    if (size > most) throw new LimitExceeded('pageSize', `A page holds ${most} at most`)
    if (size < 0) throw badInput('A page holds 0 at least.')
  }
}
