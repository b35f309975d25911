import { setUserActive } from '../auth/ending.ts'
import { setUserStaff, userColumns } from '../auth/user.ts'
import { usersMatching } from '../graphql/user-list.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { instant, printJson, printRow, visible } from './table.ts'
import { CommandError, print } from './terminal.ts'

/** What is printed of a user: everything but the password hash and the epoch. */
const { epoch: _epoch, ...columns } = userColumns

/** `coatcheck users list`: the newest users, one a line. */
export async function listUsers({
  search,
  limit,
  json,
}: {
  search?: string
  limit: number
  json?: boolean
}): Promise<void> {
  await withApp(async ({ db }) => {
    const users = await db.user.findMany({
      where: usersMatching(search),
      orderBy: [{ dateJoined: 'desc' }, { id: 'desc' }],
      take: limit,
      select: columns,
    })
    if (json) return printJson(users)
    const widths = [20, 30, 8, 6, 20, 20]
    printRow(widths, ['USERNAME', 'E-MAIL', 'ACTIVE', 'STAFF', 'JOINED', 'LAST LOGIN'])
    for (const { username, email, isActive, isStaff, dateJoined, lastLogin } of users) {
      const claims = [isActive, isStaff].map((claim) => (claim ? 'yes' : 'no'))
      printRow(widths, [username, email ?? '-', ...claims, instant(dateJoined), instant(lastLogin)])
    }
  })
}

/** `coatcheck users deactivate` and `activate`: deactivating ends the user's sessions, activating revives none. */
export async function changeUserActive(
  username: string,
  active: boolean,
  { json }: { json?: boolean },
): Promise<void> {
  await withApp(async (app) => {
    const found = await app.users.find({ username })
    const outcome = found && (await setUserActive(app, found.id, active, null))
    if (outcome === null) throw notThere(username)
    await app.notify({
      type: active ? 'USER_ACTIVATED' : 'USER_DEACTIVATED',
      ...atTheShell(),
      subjectId: outcome.user.id,
    })
    const { epoch: _, ...user } = outcome.user
    const revokedCount = outcome.endedCount
    if (json) return printJson({ user, revokedCount })
    const name = visible(user.username)
    if (active) print(`The user ${name} may sign in.`)
    else print(`The user ${name} may no longer sign in. Sessions ended: ${revokedCount}.`)
  })
}

/** `coatcheck users promote` and `demote`: makes a user staff, or staff no longer. Their sessions go on. */
export async function changeUserStaff(
  username: string,
  staff: boolean,
  { json }: { json?: boolean },
): Promise<void> {
  await withApp(async (app) => {
    const found = await app.users.find({ username })
    const changed = found && (await setUserStaff(app.db, found.id, staff))
    if (changed === null) throw notThere(username)
    await app.notify({
      type: staff ? 'USER_PROMOTED' : 'USER_DEMOTED',
      ...atTheShell(),
      subjectId: changed.id,
    })
    const { epoch: _, ...user } = changed
    if (json) return printJson({ user })
    print(`The user ${visible(user.username)} is ${staff ? 'staff now' : 'staff no longer'}.`)
    if (staff && !user.isActive) print('They may not sign in: see "coatcheck users activate".')
  })
}

function notThere(username: string): CommandError {
  return new CommandError(`There is no user ${visible(username)}.`)
}
