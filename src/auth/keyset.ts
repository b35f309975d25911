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

/** The newest rows of a list, and so many at most. */
export function newest(take: number): KeysetRange {
  return { after: null, before: null, take, direction: 'desc' }
}

/**
 * Rows on the far side of both ends, in a list that is newest first. `on` names the column of the instant. Its bound alone
 * lets the database begin there: without it the index is walked from its end, and a page costs more the deeper it is.
 */
export function within<Where>(
  { after, before }: Pick<KeysetRange, 'after' | 'before'>,
  on: (bound: InstantBound) => Where,
) {
  return [
    ...(after === null ? [] : older(after, on)),
    ...(before === null ? [] : newer(before, on)),
  ]
}

function older<Where>({ at, id }: Position, on: (bound: InstantBound) => Where) {
  return [on({ lte: at }), { OR: [on({ lt: at }), { id: { lt: id } }] }]
}

function newer<Where>({ at, id }: Position, on: (bound: InstantBound) => Where) {
  return [on({ gte: at }), { OR: [on({ gt: at }), { id: { gt: id } }] }]
}
