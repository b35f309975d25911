import type { Database } from '../../database/database.ts'
import { NotFound } from '../../refusals.ts'
import { createAuditList } from '../audit/audit-list.ts'
import type { AuditedEvent } from '../audit/audit-list.ts'
import type { KeysetRange, Position } from '../lists/keyset.ts'
import { createSessionInspection } from '../sessions/session-inspection.ts'
import type { SessionInspection } from '../sessions/session-inspection.ts'
import { createSessionList } from '../sessions/session-list.ts'
import type { SessionListOptions } from '../sessions/session-list.ts'
import { parseId } from '../../session/key.ts'
import { unusable } from '../users/new-user.ts'
import type { User } from '../users/user.ts'
import type { UserName, Users } from '../users/users.ts'

/** All that the server stores about one person, without secrets, and without the data of another person. */
export interface PersonalData {
  readonly user: Omit<User, 'epoch'> & { readonly hasPassword: boolean }
  /** Newest first. Includes those that are over and not yet cleared. */
  readonly sessions: readonly object[]
  /** What they did and what happened to them, newest first. */
  readonly events: readonly object[]
}

/** Exports what the server stores about a person. */
export interface Exporting {
  /** Throws `NotFound`. Calls `onProgress` with how many of their sessions it has read. */
  exportOf(name: UserName, onProgress?: (read: number) => void): Promise<PersonalData>
}

/** What an export reads from. */
export interface ExportingOptions extends SessionListOptions {
  readonly users: Pick<Users, 'find'>
}

const rowsAtOnce = 200

/** Reads the User, Session and AuditEvent tables, and the store. */
export function createExporting(options: ExportingOptions): Exporting {
  const { db, users } = options
  const sessions = createSessionList(options)
  const inspection = createSessionInspection(options)
  const audit = createAuditList(db)

  return {
    async exportOf(name, onProgress) {
      const found = await users.find(name)
      if (found === null) throw new NotFound('user')
      const { epoch: _epoch, ...user } = found
      const { id } = user
      const listed = await all(
        (range) => sessions.list({ userId: id, status: 'ANY' }, range),
        'createdAt',
      )
      const events = await all((range) => audit.list({ userId: id }, range), 'at')
      const held: object[] = []
      for (const session of listed) {
        held.push(await sessionOf(inspection, session.id))
        onProgress?.(held.length)
      }
      return {
        user: { ...user, hasPassword: await hasPassword(db, id) },
        sessions: held,
        events: events.map((event) => eventOf(event, id)),
      }
    },
  }
}

/** Every row of a list, page by page. */
async function all<
  Name extends string,
  Row extends { readonly id: string } & Readonly<Record<Name, Date>>,
>(list: (range: KeysetRange) => Promise<Row[]>, instant: Name): Promise<Row[]> {
  const rows: Row[] = []
  let after: Position | null = null
  for (;;) {
    const page: Row[] = await list({ after, before: null, take: rowsAtOnce, direction: 'desc' })
    rows.push(...page)
    const last = page.at(-1)
    if (last === undefined || page.length < rowsAtOnce) return rows
    after = { at: last[instant], id: last.id }
  }
}

async function hasPassword(db: Database, id: string): Promise<boolean> {
  const row = await db.user.findUnique({ where: { id }, select: { passwordHash: true } })
  return row !== null && row.passwordHash !== unusable
}

/** The columns of the roster, and what the session holds. */
async function sessionOf({ inspect }: SessionInspection, given: string): Promise<object> {
  const id = parseId(given)
  const found = id && (await inspect(id))
  if (found === null) return { id: given }
  const { user: _user, record, ...row } = found
  return { ...row, backend: record?.backend ?? null, data: record?.data ?? null }
}

/** Where another user made the event, this leaves out that user's name, session, address and browser. */
function eventOf(event: AuditedEvent, userId: string): object {
  const { id, at, type, actor, subject, sessionId, ipAddress, userAgent, detail } = event
  const isByOther = actor !== null && actor.id !== userId
  const isToUser = subject?.id === userId
  // `SESSION_REVOKED` names the session that ended; other events name the session of the user who asked.
  const isOwnSession = !isByOther || (type === 'SESSION_REVOKED' && isToUser)
  return {
    id,
    at,
    type,
    by: actor === null ? null : isByOther ? 'another user' : 'this user',
    to: subject === null ? null : isToUser ? 'this user' : 'another user',
    sessionId: isOwnSession ? sessionId : null,
    ipAddress: isByOther ? null : ipAddress,
    userAgent: isByOther ? null : userAgent,
    // The detail may name whose sessions staff ended, also where the event has no subject.
    detail: isToUser && detail !== null ? withoutOthers(detail, isByOther) : null,
  }
}

/** The operator at the shell is another person too, and the filter of staff may name others. */
function withoutOthers(detail: string, isByOther: boolean): object {
  const { shell, filter, ...rest } = JSON.parse(detail) as Record<string, unknown>
  return {
    ...rest,
    ...(!isByOther && filter !== undefined && { filter }),
    ...(shell !== undefined && { shell: true }),
  }
}
