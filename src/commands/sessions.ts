import { deviceOf } from '../http/device.ts'
import { newestSessions, sessionOfId } from '../auth/sessions/newest-sessions.ts'
import type { SessionStatus } from '../auth/sessions/session-filter.ts'
import { withApp } from './run.ts'
import { findId, noSession, viewOfSession } from './session-view.ts'
import type { SessionView } from './session-view.ts'
import { printFacts, printJson, printTable } from './table.ts'
import type { Column } from './table.ts'
import { CommandError } from './terminal.ts'
import { instant } from './text.ts'
import { noUser } from './users.ts'

const columns: readonly Column<SessionView>[] = [
  { title: 'ID', text: ({ id }) => id.slice(0, 16) },
  { title: 'USER', text: ({ user }) => user?.username ?? '-', least: 10 },
  { title: 'LAST SEEN', text: ({ lastSeenAt }) => instant(lastSeenAt) },
  { title: 'EXPIRES', text: ({ expiresAt }) => instant(expiresAt), goes: 1 },
  { title: 'ADDRESS', text: ({ ipAddress }) => ipAddress ?? '-', least: 15, goes: 2 },
]

const ended: Column<SessionView> = {
  title: 'ENDED',
  text: ({ endReason }) => endReason ?? '-',
  least: 8,
  style: ({ endReason }) => (endReason === null ? null : 'dim'),
}

/** `coatcheck sessions list`: the newest sessions, one a line. A name that no user has is an error, as in the other lists. */
export async function listSessions({
  status,
  username,
  limit,
  json,
}: {
  status: SessionStatus
  username?: string
  limit: number
  json?: boolean
}): Promise<void> {
  await withApp(async ({ db, users, now }, configured) => {
    const found = await newestSessions(db, { status, username, take: limit, now: now() })
    if (found.length === 0 && username !== undefined && !(await users.find({ username })))
      throw new CommandError(noUser(username, configured))
    const views = found.map((one) => viewOfSession(one, now()))
    if (json) printJson(views)
    else printTable(status === 'ACTIVE' ? columns : [...columns, ended], views)
  })
}

/** `coatcheck sessions show`: one session with its data, as staff see it. */
export async function showSession(given: string, { json }: { json?: boolean }): Promise<void> {
  await withApp(async ({ db, sessions, now }) => {
    const found = await sessionOfId(db, await findId(sessions, given, { alive: false }))
    if (found === null) throw new CommandError(noSession(given))
    const view = {
      ...viewOfSession(found, now()),
      device: deviceOf(found.userAgent),
      data: await sessions.dataOf(found),
    }
    if (json) return printJson(view)
    printFacts(Object.entries(view).map(([name, value]) => [name, textOf(value)]))
  })
}

function textOf(value: unknown): string {
  if (value instanceof Date) return instant(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
