import { isIP } from 'node:net'
import type { App } from '../app.ts'
import { cursorOf } from '../auth/lists/cursor.ts'
import { cutPage } from '../auth/lists/keyset.ts'
import type { ListPage, Position } from '../auth/lists/keyset.ts'
import { newestSessions, sessionOfId } from '../auth/sessions/newest-sessions.ts'
import type { NewSession } from '../auth/sessions/newest-sessions.ts'
import type { SessionFilter, SessionStatus } from '../auth/sessions/session-filter.ts'
import { placeOf, remarkOnMore, searchOn } from './list-page.ts'
import { withParts } from './run.ts'
import { findId, noSession, viewOfSession } from './session-view.ts'
import type { SessionView } from './session-view.ts'
import { printFacts, printJson, printTable } from './terminal/table.ts'
import type { Column } from './terminal/table.ts'
import { CommandError, UsageError } from './terminal/terminal.ts'
import { instant } from './terminal/text.ts'
import { noUser } from './users.ts'

const columns: readonly Column<SessionView>[] = [
  { title: 'ID', text: ({ id }) => id.slice(0, 16) },
  { title: 'USER', text: ({ user }) => user?.username ?? '-', least: 10 },
  { title: 'DEVICE', text: ({ device }) => device ?? '-', least: 10, goes: 3 },
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

/** Which sessions `sessions list` prints, as its options say. */
interface ListOptions {
  readonly status: SessionStatus
  readonly username?: string
  readonly signedIn?: boolean
  readonly guests?: boolean
  readonly address?: string
  readonly browser?: string
  /** Last seen before then. */
  readonly idleFor?: Date
  readonly after?: string
  readonly limit: number
  readonly json?: boolean
}

/** `coatcheck sessions list`: the newest sessions, one a line. A name that no user has is an error, as in the other lists. */
export async function listSessions(options: ListOptions): Promise<void> {
  const { status, username, address, after, json } = options
  const place = placeOf('sessions', after)
  if (address !== undefined && isIP(address) === 0)
    throw new UsageError('--address takes a whole IP address, such as 192.0.2.7 or 2001:db8::7.')
  await withParts(
    ['db', 'sessions', 'users', 'now'],
    async ({ db, sessions, users, now }, configured) => {
      const page = await pageFor({ db, sessions, now }, options, place)
      if (page.rows.length === 0 && username !== undefined && !(await users.find({ username })))
        throw new CommandError(noUser(username, configured))
      const views = page.rows.map((one) => ({
        ...viewOfSession(one, now()),
        cursor: cursorOf('sessions', positionOf(one)),
      }))
      if (json) return printJson(views)
      printTable(status === 'ACTIVE' ? columns : [...columns, ended], views)
      remarkOnMore('sessions', page)
    },
  )
}

/** A filter by status and username alone is one statement, which an index answers. Every other filter is the search of /admin. */
async function pageFor(
  { db, sessions, now }: Pick<App, 'db' | 'sessions' | 'now'>,
  { status, username, signedIn, guests, address, browser, idleFor, limit }: ListOptions,
  after: Position | null,
): Promise<ListPage<NewSession>> {
  const searched: SessionFilter = {
    ...((signedIn ?? guests) && { authenticated: signedIn === true }),
    ...(address !== undefined && { ipAddress: address }),
    ...(browser !== undefined && { userAgentContains: browser }),
    ...(idleFor !== undefined && { lastSeenBefore: idleFor }),
  }
  if (Object.keys(searched).length === 0) {
    const options = { status, username, after, take: limit + 1, now: now() }
    return cutPage(await newestSessions(db, options), limit, positionOf)
  }
  const filter = { ...searched, status, ...(username !== undefined && { username }) }
  return searchOn((from, take) => sessions.search(filter, from, take), after, limit)
}

function positionOf({ createdAt, id }: NewSession): Position {
  return { at: createdAt, id }
}

/** `coatcheck sessions show`: one session with its data, as staff see it. */
export async function showSession(given: string, { json }: { json?: boolean }): Promise<void> {
  await withParts(['db', 'sessions', 'now'], async ({ db, sessions, now }) => {
    const found = await sessionOfId(db, await findId(sessions, given, { alive: false }))
    if (found === null) throw new CommandError(noSession(given))
    const view = { ...viewOfSession(found, now()), data: await sessions.dataOf(found) }
    if (json) return printJson(view)
    printFacts(Object.entries(view).map(([name, value]) => [name, textOf(value)]))
  })
}

function textOf(value: unknown): string {
  if (value instanceof Date) return instant(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}
