import { resolveCursorConnection } from '@pothos/plugin-relay'
import type { DefaultConnectionArguments, ResolveCursorConnectionArgs } from '@pothos/plugin-relay'
import { cursorOf, parseCursor } from '../auth/cursor.ts'
import type { KeysetRange, Position } from '../auth/keyset.ts'
import { LimitExceeded } from '../http/limits.ts'
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
  readonly find: (range: KeysetRange) => Promise<Row[]>
  readonly count: () => Promise<number>
}

/**
 * One page of `list`, by Relay's arguments, out of what the request may still read. It is counted only where the caller
 * asks for the total. Throws `LimitExceeded`, or a coded error for arguments that make no page.
 */
export async function readPage<Row extends { readonly id: string }>(
  args: DefaultConnectionArguments,
  budget: RowBudget,
  { name, instantOf, find, count }: KeysetList<Row>,
) {
  const maxSize = budget.pageSize
  checkSize(args, maxSize)
  budget.spend(1 + (args.first ?? args.last ?? defaultSize)) // an empty page costs a question too
  const page = await resolveCursorConnection(
    {
      args,
      toCursor: (row: Row) => cursorOf(name, { at: instantOf(row), id: row.id }),
      defaultSize,
      maxSize,
    },
    ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) =>
      find({
        after: positionAt(name, after),
        before: positionAt(name, before),
        take: limit,
        direction: inverted ? 'asc' : 'desc',
      }),
  )
  const totalCount = () => {
    budget.spend(1)
    return count()
  }
  return { ...page, totalCount }
}

const defaultSize = 20

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
