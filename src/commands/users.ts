import { cursorOf } from '../auth/lists/cursor.ts'
import { cutPage } from '../auth/lists/keyset.ts'
import type { Position } from '../auth/lists/keyset.ts'
import { newestSessions } from '../auth/sessions/newest-sessions.ts'
import { newestUsers } from '../auth/users/newest-users.ts'
import type { User } from '../auth/users/user.ts'
import { figure } from '../numbers.ts'
import { theirSessions } from './their-sessions.ts'
import type { Configured } from './configure.ts'
import { databaseName } from './database-name.ts'
import { placeOf, remarkOnMore, searchOn } from './list-page.ts'
import { withParts } from './run.ts'
import { viewOfSession } from './session-view.ts'
import { atTheShell } from './shell.ts'
import { makeSureOfLastStaff, warnWithoutStaff } from './staff.ts'
import { printFacts, printJson, printTable } from './terminal/table.ts'
import type { Column } from './terminal/table.ts'
import { CommandError, print, UsageError, unlessMissing } from './terminal/terminal.ts'
import { instant, visible } from './terminal/text.ts'

const columns: readonly Column<UserView>[] = [
  { title: 'USERNAME', text: ({ username }) => username, least: 12 },
  { title: 'E-MAIL', text: ({ email }) => email ?? '-', least: 12, goes: 3 },
  {
    title: 'ACTIVE',
    text: ({ isActive }) => yesOrNo(isActive),
    style: ({ isActive }) => (isActive ? null : 'red'),
  },
  {
    title: 'STAFF',
    text: ({ isStaff }) => yesOrNo(isStaff),
    style: ({ isStaff }) => (isStaff ? 'yellow' : null),
  },
  { title: 'JOINED', text: ({ dateJoined }) => instant(dateJoined), goes: 1 },
  { title: 'LAST LOGIN', text: ({ lastLogin }) => instant(lastLogin), goes: 2 },
]

/** `coatcheck users list`: the newest users, one a line. */
export async function listUsers({
  search = null,
  after,
  limit,
  json,
}: {
  search?: string | null
  after?: string
  limit: number
  json?: boolean
}): Promise<void> {
  const place = placeOf('users', after)
  await withParts(['db', 'users'], async ({ db, users }) => {
    const page =
      search === null
        ? cutPage(await newestUsers(db, limit + 1, place), limit, positionOf)
        : await searchOn((from, take) => users.search(search, from, take), place, limit)
    const views = page.rows.map((user) => ({
      ...viewOf(user),
      cursor: cursorOf('users', positionOf(user)),
    }))
    if (json) return printJson(views)
    printTable(columns, views)
    remarkOnMore('users', page)
  })
}

function positionOf({ dateJoined, id }: User): Position {
  return { at: dateJoined, id }
}

/** `coatcheck users show`: one user, by name or id, and the newest sessions that they have open. */
export async function showUser(
  name: string | undefined,
  { id, json }: { id?: string; json?: boolean },
): Promise<void> {
  const clue = id === undefined ? name !== undefined && { username: name } : { id }
  if (!clue || (id !== undefined && name !== undefined))
    throw new UsageError('Say which user: a name, or --id.')
  await withParts(['db', 'users', 'now'], async ({ db, users, now }, configured) => {
    const user = await users.find(clue)
    if (user === null) throw new CommandError(noUser(id ?? name ?? '', configured))
    const { username } = user
    const open = await newestSessions(db, { status: 'ACTIVE', username, take: 100, now: now() })
    const views = open.map((one) => viewOfSession(one, now()))
    const view = { ...viewOf(user), sessions: views }
    if (json) return printJson(view)
    printFacts([
      ['id', user.id],
      ['username', user.username],
      ['email', user.email ?? '-'],
      ['active', yesOrNo(user.isActive)],
      ['staff', yesOrNo(user.isStaff)],
      ['joined', instant(user.dateJoined)],
      ['last login', instant(user.lastLogin)],
      [
        'sessions',
        views.length === 0
          ? 'none'
          : `${figure(views.length)}${views.length < 100 ? '' : ' or more'}`,
      ],
    ])
    if (views.length === 0) return
    print('')
    printTable(
      [
        { title: 'ID', text: ({ id }) => id.slice(0, 16) },
        { title: 'LAST SEEN', text: ({ lastSeenAt }) => instant(lastSeenAt) },
        { title: 'EXPIRES', text: ({ expiresAt }) => instant(expiresAt), goes: 1 },
        { title: 'ADDRESS', text: ({ ipAddress }) => ipAddress ?? '-', least: 15 },
      ],
      views,
    )
  })
}

/** `coatcheck users deactivate` and `activate`: deactivating ends the user's sessions, activating revives none. A person is asked before the last active staff user is deactivated, and a program says `--yes`. */
export async function changeUserActive(
  username: string,
  active: boolean,
  { yes = false, json }: { yes?: boolean; json?: boolean },
): Promise<void> {
  await withParts(['db', 'users'], async ({ db, users }, configured) => {
    if (!active)
      await makeSureOfLastStaff({ db, users }, username, configured, {
        question: (name) => `Deactivate ${name}?`,
        yes,
      })
    const { user, revokedCount } = await users
      .setActive({ username }, active, atTheShell())
      .catch(unlessMissing(noUser(username, configured)))
    const name = visible(user.username)
    if (json) printJson({ user: viewOf(user), revokedCount })
    else if (active) print(`The user ${name} may sign in.`)
    else print(`The user ${name} may no longer sign in. ${theirSessions(revokedCount)}`)
    if (!active && user.isStaff) await warnWithoutStaff(db)
  })
}

/** `coatcheck users promote` and `demote`: makes a user staff, or staff no longer. Their sessions go on. A person is asked before the last active staff user is demoted, and a program says `--yes`. */
export async function changeUserStaff(
  username: string,
  staff: boolean,
  { yes = false, json }: { yes?: boolean; json?: boolean },
): Promise<void> {
  await withParts(['db', 'users'], async ({ db, users }, configured) => {
    if (!staff)
      await makeSureOfLastStaff({ db, users }, username, configured, {
        question: (name) => `Take the rights of staff from ${name}?`,
        yes,
      })
    const user = await users
      .setStaff({ username }, staff, atTheShell())
      .catch(unlessMissing(noUser(username, configured)))
    if (json) printJson({ user: viewOf(user) })
    else {
      print(`The user ${visible(user.username)} is ${staff ? 'staff now' : 'staff no longer'}.`)
      if (staff && !user.isActive) print('They may not sign in: see "coatcheck users activate".')
    }
    if (!staff) await warnWithoutStaff(db)
  })
}

/** What is printed of a user: everything but the epoch. */
function viewOf({ epoch: _epoch, ...user }: User) {
  return user
}

type UserView = ReturnType<typeof viewOf>

function yesOrNo(claim: boolean): string {
  return claim ? 'yes' : 'no'
}

/** What is said where there is no user of that name. It names the database: it may be another than the operator means. */
export function noUser(username: string, { config }: Configured): string {
  return `There is no user ${visible(username)} in ${databaseName(config.databaseUrl)}.`
}
