import type { App } from '../app.ts'
import { deviceOf } from '../auth/sessions/device.ts'
import { newestSessions } from '../auth/sessions/newest-sessions.ts'
import type { NewSession } from '../auth/sessions/newest-sessions.ts'
import type { SessionFilter, SessionStatus } from '../auth/sessions/session-filter.ts'
import { isAlive, reasonOf } from '../auth/sessions/why-ended.ts'
import { parseId } from '../session/key.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { instant, printJson, printRow, visible } from './table.ts'
import { CommandError, print, unlessMissing } from './terminal.ts'

/** `coatcheck sessions list`: the newest sessions, one a line. */
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
  await withApp(async ({ db, now }) => {
    const found = await newestSessions(db, { status, username, take: limit, now: now() })
    const views = found.map((one) => viewOf(one, now()))
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
  await withApp(async ({ sessions, now }) => {
    const found = await sessions.find(await findId(sessions, given, { alive: false }))
    if (found === null) throw new CommandError(notThere(given))
    const view = {
      ...viewOf(found, now()),
      device: deviceOf(found.userAgent),
      data: await sessions.dataOf(found),
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
  await withApp(async ({ sessions }) => {
    const id = await findId(sessions, given, { alive: true })
    await sessions.revoke(id, atTheShell()).catch(unlessMissing(notThere(given)))
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
  const isSure = yes || !process.stdin.isTTY || (await confirmed(`End ${whose}?`))
  if (!isSure) throw new CommandError('Nothing was done.')
  await withApp(async ({ sessions, users }) => {
    if (username !== undefined && (await users.find({ username })) === null)
      throw new CommandError(`There is no user ${visible(username)}.`)
    const filter: SessionFilter = { status: 'ACTIVE', ...(username !== undefined && { username }) }
    const outcome = await sessions.revokeAll(filter, atTheShell())
    if (json) return printJson(outcome)
    print(`Sessions ended: ${outcome.revokedCount}.`)
  })
}

/** What there is to say of a session. It holds no secret: the id is a hash, and opens nothing. */
function viewOf(session: NewSession, now: number) {
  const { id, user, createdAt, lastSeenAt, expiresAt, endedAt, ipAddress, userAgent } = session
  return {
    id,
    user: user && { id: user.id, username: user.username },
    isActive: isAlive(session, now),
    createdAt,
    lastSeenAt,
    expiresAt,
    endedAt,
    endReason: reasonOf(session, now),
    ipAddress,
    userAgent,
  }
}

/** The session that `given` begins the id of. A whole id is taken at its word: the roster may not know a guest's. */
async function findId(sessions: App['sessions'], given: string, { alive }: { alive: boolean }) {
  if (!/^[0-9a-f]{8,64}$/.test(given))
    throw new CommandError('An id is hexadecimal: give 8 characters of it or more.')
  const [first, second] = await sessions.idsFrom(given, { alive, take: 2 })
  if (second !== undefined) throw new CommandError(`More than one session begins with ${given}.`)
  const id = parseId(first ?? given)
  if (id === null) throw new CommandError(notThere(given))
  return id
}

function notThere(given: string): string {
  return `There is no session ${given}.`
}

/** Loaded where there is a person to be asked. */
async function confirmed(message: string): Promise<boolean> {
  const { confirm } = await import('@inquirer/prompts')
  return confirm({ message })
}
