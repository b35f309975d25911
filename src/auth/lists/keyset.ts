/** A side of an instant, as a condition on a column. */
export interface InstantBound {
  readonly lt?: Date
  readonly lte?: Date
  readonly gt?: Date
  readonly gte?: Date
}

/** Where in a list a row stands. */
export interface Position {
  readonly at: Date
  readonly id: string
}

/** The wanted part of a list that is ordered by an instant and then the id. */
export interface KeysetRange {
  readonly after: Position | null
  readonly before: Position | null
  readonly take: number
  /** The order of both columns: newest first, unless a page is read from its end. */
  readonly direction: 'asc' | 'desc'
}

/** The ends of a whole list. */
export const wholeList = { after: null, before: null } as const

/** No row is newer, in milliseconds since 1970: PostgreSQL cannot read the years after 9999, and cursors end in 2286. */
const latest = 9_999_999_999_999

/** A place before every row of a list that is newest first, for a statement that needs one. */
export const firstPlace: Position = { at: new Date(latest), id: '' }

/** A page of a list, and the place behind which the next one begins; null at the end of the list. */
export interface ListPage<Row> {
  readonly rows: readonly Row[]
  readonly next: Position | null
}

/** The first `take` of `rows`. Ask for one more, which shows whether the list goes on. */
export function cutPage<Row>(
  rows: readonly Row[],
  take: number,
  positionOf: (row: Row) => Position,
): ListPage<Row> {
  const page = rows.slice(0, take)
  const last = page.at(-1)
  return { rows: page, next: rows.length > take && last ? positionOf(last) : null }
}

/** The newest `take` rows of a list. */
export function newest(take: number): KeysetRange {
  return { ...wholeList, take, direction: 'desc' }
}

/** The instants between which the rows of a list lie, both included, in milliseconds since 1970. Null: no bound there. */
export interface Span {
  readonly from: number | null
  readonly to: number | null
}

const always: Span = { from: null, to: null }

/**
 * The rows between both ends of a range, in a list that is newest first, and within `span`. `on` names the column of the
 * instant. It gets one bound on either side, the tighter one, so that the database begins and stops there. Without a bound, a
 * deep page would walk the index from its end; of two, SQLite may take the wider.
 */
export function within<Where>(
  { after, before }: Pick<KeysetRange, 'after' | 'before'>,
  on: (bound: InstantBound) => Where,
  { from, to }: Span = always,
) {
  const latest = [to, after?.at.getTime()].filter((at) => at != null)
  const earliest = [from, before?.at.getTime()].filter((at) => at != null)
  const bound = {
    ...(latest.length > 0 && { lte: instant(Math.min(...latest)) }),
    ...(earliest.length > 0 && { gte: instant(Math.max(...earliest)) }),
  }
  return [
    ...(latest.length + earliest.length > 0 ? [on(bound)] : []),
    ...(after === null ? [] : [{ OR: [on({ lt: after.at }), { id: { lt: after.id } }] }]),
    ...(before === null ? [] : [{ OR: [on({ gt: before.at }), { id: { gt: before.id } }] }]),
  ]
}

/** PostgreSQL cannot read the years before 1 and after 9999, and no row is from before 1970 or after 2286. */
function instant(at: number): Date {
  return new Date(Math.min(Math.max(at, 0), latest))
}
