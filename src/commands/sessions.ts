import { usernameKey } from '../auth/user.ts'
import { matching } from '../graphql/session-list.ts'
import type { SessionFilter } from '../graphql/session-list.ts'
import { parseId } from '../session/key.ts'
import { withApp } from './run.ts'
import { CommandError, print } from './terminal.ts'

/** `coatcheck sessions list`: the newest sessions, one a line. */
export async function listSessions({
  status,
  username,
  limit,
}: {
  status: NonNullable<SessionFilter['status']>
  username?: string
  limit: number
}): Promise<void> {
  await withApp(async ({ db, settings }) => {
    const rows = await db.session.findMany({
      where: matching({ status, username }, settings.now(), usernameKey),
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      take: limit,
      include: { user: { select: { username: true } } },
    })
    print(columns('ID', 'USER', 'LAST SEEN', 'EXPIRES', 'ADDRESS', 'ENDED'))
    for (const row of rows) {
      const { id, user, lastSeenAt, expiresAt, ipAddress, endReason } = row
      const times = [lastSeenAt, expiresAt].map((at) => at.toISOString().slice(0, 19))
      print(
        columns(
          id.slice(0, 16),
          user?.username ?? '-',
          ...times,
          ipAddress ?? '-',
          endReason ?? '-',
        ),
      )
    }
  })
}

/** `coatcheck sessions revoke`: ends one session, by its id or enough of it. */
export async function revokeSession(given: string): Promise<void> {
  if (!/^[0-9a-f]{8,64}$/.test(given))
    throw new CommandError('An id is hexadecimal: give 8 characters of it or more.')
  await withApp(async (app) => {
    const rows = await app.db.session.findMany({
      where: { id: { startsWith: given }, endedAt: null },
      select: { id: true },
      take: 2,
    })
    if (rows.length > 1) throw new CommandError(`More than one session begins with ${given}.`)
    const id = parseId(rows[0]?.id ?? given)
    if (id === null || !(await app.revoke(id)))
      throw new CommandError(`There is no session ${given}.`)
    print(`Ended the session ${id}.`)
  })
}

function columns(...cells: string[]): string {
  const widths = [17, 20, 20, 20, 40, 16]
  return cells
    .map((cell, at) => visible(cell).padEnd(widths[at] ?? 0))
    .join(' ')
    .trimEnd()
}

/** A username or an address must not steer the terminal. */
function visible(text: string): string {
  return text.replace(/\p{C}/gu, '�')
}
