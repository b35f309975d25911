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

/** The part of a list that is asked for, in a list that is ordered by an instant and then the id. */
export interface KeysetRange {
  readonly after: Position | null
  readonly before: Position | null
  readonly take: number
  /** The order of both columns: newest first, unless a page is read from its end. */
  readonly direction: 'asc' | 'desc'
}

/** The ends of a list that is asked for as a whole. */
export const wholeList = { after: null, before: null } as const

/** No row is newer, in milliseconds since 1970: PostgreSQL cannot read the years after 9999, and cursors end in 2286. */
const latest = 9_999_999_999_999

/** A place before every row of a list that is newest first, for a statement that always names one. */
export const firstPlace: Position = { at: new Date(latest), id: '' }

/** A page of a list, and the place behind which the next one begins; null at the end of the list. */
export interface ListPage<Row> {
  readonly rows: readonly Row[]
  readonly next: Position | null
}

/** The first `take` of `rows`, of which one more was asked for to learn whether the list goes on. */
export function cutPage<Row>(
  rows: readonly Row[],
  take: number,
  positionOf: (row: Row) => Position,
): ListPage<Row> {
  const page = rows.slice(0, take)
  const last = page.at(-1)
  return { rows: page, next: rows.length > take && last ? positionOf(last) : null }
}

/** The newest rows of a list, and so many at most. */
export function newest(take: number): KeysetRange {
  return { ...wholeList, take, direction: 'desc' }
}

/** Between which instants the rows of a list lie, both of them included, in milliseconds since 1970. Null: no bound there. */
export interface Span {
  readonly from: number | null
  readonly to: number | null
}

const always: Span = { from: null, to: null }

/**
 * Rows on the far side of both ends, in a list that is newest first, and within `span`. `on` names the column of the instant.
 * It has one bound on either side, the tighter one, so that the database begins and stops there. Without it the index is
 * walked from its end, and a page costs more the deeper it is; given two, SQLite may take the other.
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
