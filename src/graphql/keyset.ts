import { resolveCursorConnection } from '@pothos/plugin-relay'
import type { DefaultConnectionArguments, ResolveCursorConnectionArgs } from '@pothos/plugin-relay'
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
    { args, toCursor: (row: Row) => cursorOf(name, instantOf(row), row.id), defaultSize, maxSize },
    ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) =>
      find({
        after: parseCursor(name, after),
        before: parseCursor(name, before),
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

/** Where in the list a row stands; opaque to callers. */
function cursorOf(list: string, at: Date, id: string): string {
  return Buffer.from(`${list}.${at.getTime()}.${id}`).toString('base64url')
}

/**
 * What a cursor of `list` says; null without one. Throws a coded error for any other text. Thirteen digits last until
 * 2286; an instant of more is a year that PostgreSQL cannot read.
 */
function parseCursor(list: string, cursor: string | undefined): Position | null {
  if (cursor === undefined) return null
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, of, at, id] = /^(\w+)\.(\d{1,13})\.([\w-]{1,64})$/.exec(text) ?? []
  if (of !== list || at === undefined || id === undefined)
    throw badInput('Not a cursor of this list.')
  return { at: new Date(Number(at)), id }
}

/** Relay's rule, and a limit that says its name. */
function checkSize({ first, last }: DefaultConnectionArguments, most: number): void {
  for (const size of [first, last]) {
    if (size == null) continue
    if (size > most) throw new LimitExceeded('pageSize', `A page holds ${most} at most`)
    if (size < 0) throw badInput('A page holds 0 at least.')
  }
}
