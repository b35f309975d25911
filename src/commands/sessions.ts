import { confirm } from '@inquirer/prompts'
import type { App } from '../app.ts'
import { revokeMatching, selected } from '../graphql/session-deletion.ts'
import { matching } from '../graphql/session-list.ts'
import type { RosterRow, SessionFilter } from '../graphql/session-list.ts'
import { dataOf, deviceOf, endReasonOfRow, isActive } from '../graphql/session-view.ts'
import { parseId } from '../session/key.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { instant, printJson, printRow, visible } from './table.ts'
import { CommandError, print } from './terminal.ts'
import { usernameKey } from '../auth/username.ts'

/** `coatcheck sessions list`: the newest sessions, one a line. */
export async function listSessions({
  status,
  username,
  limit,
  json,
}: {
  status: NonNullable<SessionFilter['status']>
  username?: string
  limit: number
  json?: boolean
}): Promise<void> {
  await withApp(async ({ db, settings }) => {
    const rows = await db.session.findMany({
      where: matching({ status, username }, settings.now(), usernameKey),
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
      include: owner,
    })
    const views = rows.map((row) => viewOf(row, settings.now()))
    if (json) return printJson(views)
    const widths = [17, 20, 20, 20, 40, 16]
    printRow(widths, ['ID', 'USER', 'LAST SEEN', 'EXPIRES', 'ADDRESS', 'ENDED'])
    for (const { id, user, lastSeenAt, expiresAt, ipAddress, endReason } of views) {
      const cells = [id.slice(0, 16), user?.username ?? '-', instant(lastSeenAt)]
      printRow(widths, [...cells, instant(expiresAt), ipAddress ?? '-', endReason ?? '-'])
    }
  })
}

/** `coatcheck sessions show`: one session with its data, as staff see it. */
export async function showSession(given: string, { json }: { json?: boolean }): Promise<void> {
  await withApp(async (app) => {
    const { db, settings } = app
    const id = await findId(app, given, {})
    const row = await db.session.findUnique({ where: { id }, include: owner })
    if (row === null) throw notThere(given)
    const view = {
      ...viewOf(row, settings.now()),
      device: deviceOf(row.userAgent),
      data: await dataOf(row, settings.store),
    }
    if (json) return printJson(view)
    for (const [name, value] of Object.entries(view)) {
      const text = value instanceof Date ? instant(value) : value
      printRow([12], [name, typeof text === 'string' ? text : JSON.stringify(text)])
    }
  })
}

/** `coatcheck sessions revoke`: ends one session, by its id or enough of it. */
export async function revokeSession(given: string, { json }: { json?: boolean }): Promise<void> {
  await withApp(async (app) => {
    const id = await findId(app, given, { endedAt: null })
    const row = await app.db.session.findUnique({ where: { id } })
    if (!(await app.revoke(id))) throw notThere(given)
    const subjectId = row?.userId ?? null
    await app.notify({ type: 'SESSION_REVOKED', ...atTheShell(), subjectId, sessionId: id })
    if (json) printJson({ id })
    else print(`Ended the session ${id}.`)
  })
}

/** `coatcheck sessions revoke --all` and `--username`: ends every living session, or one user's. */
export async function revokeSessions({
  username,
  yes,
  json,
}: {
  username?: string
  yes?: boolean
  json?: boolean
}): Promise<void> {
  const whose = username === undefined ? 'every session' : `every session of ${visible(username)}`
  const isSure = yes || !process.stdin.isTTY || (await confirm({ message: `End ${whose}?` }))
  if (!isSure) throw new CommandError('Nothing was done.')
  await withApp(async (app) => {
    const filter = { status: 'ACTIVE' as const, ...(username !== undefined && { username }) }
    const sessions = await selected(app, filter, null)
    if (username !== undefined && sessions.subjectId === null)
      throw new CommandError(`There is no user ${visible(username)}.`)
    const outcome = await revokeMatching(app, { ...sessions, by: atTheShell(), filter })
    if (json) return printJson(outcome)
    print(`Sessions ended: ${outcome.revokedCount}.`)
  })
}

const owner = { user: { select: { id: true, username: true } } }

/** What there is to say of a row. It holds no secret: the id is a hash, and opens nothing. */
function viewOf(row: RosterRow & { user: { id: string; username: string } | null }, now: number) {
  const { id, user, createdAt, lastSeenAt, expiresAt, endedAt, ipAddress, userAgent } = row
  return {
    id,
    user,
    isActive: isActive(row, now),
    createdAt,
    lastSeenAt,
    expiresAt,
    endedAt,
    endReason: endReasonOfRow(row, now),
    ipAddress,
    userAgent,
  }
}

/** The session that `given` begins the id of. A whole id is taken at its word: the roster may not know a guest's. */
async function findId({ db }: App, given: string, where: { endedAt?: null }) {
  if (!/^[0-9a-f]{8,64}$/.test(given))
    throw new CommandError('An id is hexadecimal: give 8 characters of it or more.')
  const rows = await db.session.findMany({
    where: { id: { startsWith: given }, ...where },
    select: { id: true },
    take: 2,
  })
  if (rows.length > 1) throw new CommandError(`More than one session begins with ${given}.`)
  const id = parseId(rows[0]?.id ?? given)
  if (id === null) throw notThere(given)
  return id
}

function notThere(given: string): CommandError {
  return new CommandError(`There is no session ${given}.`)
}
