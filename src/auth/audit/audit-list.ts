import type { Database } from '../../database/database.ts'
import type { AuthEvent } from './auth-event.ts'
import { wholeList, within } from '../lists/keyset.ts'
import type { KeysetRange, Position } from '../lists/keyset.ts'
import { fitsColumn, longestName } from '../lists/column-text.ts'
import { look } from '../lists/search.ts'
import type { Looked } from '../lists/search.ts'
import { userColumns } from '../users/user.ts'
import type { User } from '../users/user.ts'

/** A stored event, with the users it names, from one query for a page. */
export interface AuditedEvent {
  readonly id: string
  readonly at: Date
  readonly type: string
  /** Who did it; null for a visitor who is not signed in, and at the server's shell. */
  readonly actor: User | null
  /** The user it happened to. */
  readonly subject: User | null
  readonly sessionId: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  /** JSON. */
  readonly detail: string | null
}

/** Which events to list. A field that is left out, or null, matches all. */
export interface AuditFilter {
  /** The user who did it, or whom it happened to. */
  readonly userId?: string | null | undefined
  /** The session in which it happened. */
  readonly sessionId?: string | null | undefined
  readonly type?: AuthEvent['type'] | null | undefined
  /** From then on, that instant included. */
  readonly since?: Date | null | undefined
  /** Before then. */
  readonly until?: Date | null | undefined
}

/** The audit, for staff to read. */
export interface AuditList {
  /** The events in `range`, newest first, then by id. */
  list(filter: AuditFilter, range: KeysetRange): Promise<AuditedEvent[]>
  /** Lists as `list` does, as far as it has looked: its cost does not grow with the table. */
  look(filter: AuditFilter, range: KeysetRange): Promise<Looked<AuditedEvent>>
  count(filter: AuditFilter): Promise<number>
}

/** The list in the AuditEvent table. */
export function createAuditList(db: Database): AuditList {
  return {
    list: async (filter, range) => [...(await findPage(db, filter, range, lookAtAll)).rows],
    look: (filter, range) => findPage(db, filter, range, look),
    count: (filter) => db.auditEvent.count({ where: matching(filter) }),
  }
}

/** How one walk along an index is read: `look`, or all of it. */
type Walk = typeof look<AuditedEvent>

const lookAtAll: Walk = async ({ list }, range) => ({ rows: await list(range), cutAt: null })

/**
 * At most `take` events. A user's own acts, and what happened to them, are two walks along two indexes, each as long as the
 * page: for one condition a database would read all events of the user, or of all users.
 */
async function findPage(
  db: Database,
  filter: AuditFilter,
  range: KeysetRange,
  walk: Walk,
): Promise<Looked<AuditedEvent>> {
  const { userId, sessionId, type } = filter
  if (![userId, sessionId].every((id) => id == null || fitsColumn(id, longestName)))
    return { rows: [], cutAt: null }
  const inSession = sessionId == null ? {} : { sessionId }
  const isOfOne = (userId ?? sessionId) != null
  if (userId == null) return find(inSession)
  const [done, suffered] = await Promise.all([
    find({ actorId: userId, ...inSession }),
    find({ subjectId: userId, ...inSession }),
  ])
  const [cutAt = null] = [done.cutAt, suffered.cutAt].filter((cut) => cut !== null).sort(inOrder)
  const all = new Map([...done.rows, ...suffered.rows].map((row) => [row.id, row]))
  // Behind the place where one walk has stopped, the rows of the other are incomplete.
  const known = [...all.values()].filter((row) => cutAt === null || inOrder(row, cutAt) <= 0)
  const rows = known.sort(inOrder).slice(0, range.take)
  return { rows, cutAt: rows.length < range.take ? cutAt : null }

  function find(of: Of): Promise<Looked<AuditedEvent>> {
    // Where the index has the type, or the filter names none, every row of the walk belongs to the page.
    const read = isOfOne && type != null ? walk : lookAtAll
    return read(
      { list: (part) => list(of, part), places: (part, skip) => places(of, part, skip) },
      range,
    )
  }

  function list(of: Of, part: KeysetRange): PromiseLike<AuditedEvent[]> {
    const { direction, take } = part
    // Written so that no index serves it where that of the user does: SQLite would walk all events of the type.
    const isOfType = isOfOne && type != null ? { NOT: { type: { not: type } } } : typeIs(filter)
    return db.auditEvent.findMany({
      where: { AND: [of, isOfType, ...between(filter, part)] },
      orderBy: [{ at: direction }, { id: direction }],
      take,
      include: { actor: { select: userColumns }, subject: { select: userColumns } },
    })
  }

  function places(of: Of, part: KeysetRange, skip: number): PromiseLike<Position[]> {
    const { direction, take } = part
    return db.auditEvent.findMany({
      where: { AND: [of, ...between(filter, part)] },
      orderBy: [{ at: direction }, { id: direction }],
      select: { at: true, id: true },
      skip,
      take,
    })
  }

  function inOrder(a: Position, b: Position): number {
    const order = a.at.getTime() - b.at.getTime() || (a.id === b.id ? 0 : a.id < b.id ? -1 : 1)
    return range.direction === 'asc' ? order : -order
  }
}

/** Whose events, or of which session. */
interface Of {
  readonly actorId?: string
  readonly subjectId?: string
  readonly sessionId?: string
}

/** The whole filter, for the count. */
function matching(filter: AuditFilter) {
  const { userId, sessionId } = filter
  if (![userId, sessionId].every((id) => id == null || fitsColumn(id, longestName)))
    return { id: { in: [] } }
  const ofUser = userId == null ? {} : { OR: [{ actorId: userId }, { subjectId: userId }] }
  const inSession = sessionId == null ? {} : { sessionId }
  return { AND: [ofUser, inSession, typeIs(filter), ...between(filter, wholeList)] }
}

function typeIs({ type }: AuditFilter) {
  return type == null ? {} : { type }
}

/** The part of the list between the filter's instants and the cursors. */
function between({ since, until }: AuditFilter, ends: Pick<KeysetRange, 'after' | 'before'>) {
  const span = { from: since?.getTime() ?? null, to: until ? until.getTime() - 1 : null }
  return within(ends, (at) => ({ at }), span)
}
