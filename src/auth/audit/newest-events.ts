import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { Statement } from '../../database/statements.ts'
import { firstPlace } from '../lists/keyset.ts'
import type { Position } from '../lists/keyset.ts'
import type { AuditedEvent, AuditFilter } from './audit-list.ts'

/** An event as a list at the shell shows it, with the names of the users in it. */
export interface NewEvent extends Omit<AuditedEvent, 'actor' | 'subject'> {
  readonly actorId: string | null
  readonly subjectId: string | null
  /** Null as `AuditedEvent` has it. */
  readonly actor: NamedUser | null
  readonly subject: NamedUser | null
}

interface NamedUser {
  readonly id: string
  readonly username: string
}

/** Which of them. */
export interface NewestEventsOptions extends Omit<AuditFilter, 'sessionId'> {
  /** Only those behind this place. */
  readonly after?: Position | null
  readonly take: number
}

/** No event is older, and none newer. */
const [earliest, latest] = [new Date(0), firstPlace.at]

/**
 * The newest events of the audit, by a statement of the driver, for which a command need not load Prisma. Two walks along two
 * indexes find a user's events, as in audit-list.ts.
 */
export async function newestEvents(
  { statements }: Pick<Database, 'statements'>,
  { userId, type, since, until, after, take }: NewestEventsOptions,
): Promise<NewEvent[]> {
  const place = after ?? firstPlace
  // The walk begins at the place, and not at the newest event.
  const end = Math.min((until ?? latest).getTime(), place.at.getTime() + 1)
  const walks = newestOf(userId != null, type != null)
  const values = [
    take,
    boundOf(since ?? earliest),
    boundOf(new Date(end)),
    place.at,
    place.id,
    ...(type == null ? [] : [type]),
    ...(userId == null ? [] : [userId]),
  ]
  const found = await Promise.all(walks.map((walk) => statements.all(walk, values)))
  // Both walks have what users did to themselves.
  const rows = new Map(found.flat().map((row) => [row.id, row]))
  return [...rows.values()].sort(newestFirst).slice(0, take).map(eventFrom)
}

/** PostgreSQL cannot read the years before 1 and after 9999. */
function boundOf(at: Date): Date {
  return new Date(Math.min(Math.max(at.getTime(), earliest.getTime()), latest.getTime()))
}

interface Row {
  readonly id: string
  readonly at: number
  readonly type: string
  readonly actorId: string | null
  readonly actorName: string | null
  readonly subjectId: string | null
  readonly subjectName: string | null
  readonly sessionId: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly detail: string | null
}

/** Each is one walk. With a type, it is `$6`; the user is the parameter behind that. */
export const newestEventStatements = {
  all: listingOf(''),
  ofType: listingOf('AND e.type = $6'),
  done: listingOf('AND e."actorId" = $6'),
  suffered: listingOf('AND e."subjectId" = $6'),
  // Written so that no index serves the type where that of the user does: SQLite would walk all events of the type.
  doneOfType: listingOf('AND NOT e.type <> $6 AND e."actorId" = $7'),
  sufferedOfType: listingOf('AND NOT e.type <> $6 AND e."subjectId" = $7'),
}

function newestOf(isOfUser: boolean, isOfType: boolean): readonly Statement<Row>[] {
  const { all, ofType, done, suffered, doneOfType, sufferedOfType } = newestEventStatements
  if (!isOfUser) return [isOfType ? ofType : all]
  return isOfType ? [doneOfType, sufferedOfType] : [done, suffered]
}

function listingOf(condition: string): Statement<Row> {
  return statement(
    `SELECT e.id, e.at, e.type, e."actorId", a.username AS "actorName", e."subjectId", b.username AS "subjectName",
      e."sessionId", e."ipAddress", e."userAgent", e.detail
    FROM "AuditEvent" e LEFT JOIN "User" a ON a.id = e."actorId" LEFT JOIN "User" b ON b.id = e."subjectId"
    WHERE e.at >= $2 AND e.at < $3 AND (e.at < $4 OR e.id < $5) ${condition} ORDER BY e.at DESC, e.id DESC LIMIT $1`,
  )
}

function newestFirst(a: Row, b: Row): number {
  return b.at - a.at || (a.id === b.id ? 0 : a.id < b.id ? 1 : -1)
}

function eventFrom({ actorName, subjectName, ...row }: Row): NewEvent {
  return {
    ...row,
    at: new Date(row.at),
    actor: userNamed(row.actorId, actorName),
    subject: userNamed(row.subjectId, subjectName),
  }
}

function userNamed(id: string | null, username: string | null): NamedUser | null {
  return id === null ? null : { id, username: username ?? '' }
}
