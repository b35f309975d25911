import { newest } from '../auth/keyset.ts'
import type { User } from '../auth/users/user.ts'
import type { Configured } from './configure.ts'
import { databaseName } from './database-name.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { instant, printJson, printRow, visible } from './table.ts'
import { print, unlessMissing } from './terminal.ts'

/** `coatcheck users list`: the newest users, one a line. */
export async function listUsers({
  search = null,
  limit,
  json,
}: {
  search?: string | null
  limit: number
  json?: boolean
}): Promise<void> {
  await withApp(async ({ users }) => {
    const found = await users.list(search, newest(limit))
    if (json) return printJson(found.map(viewOf))
    const widths = [20, 30, 8, 6, 20, 20]
    printRow(widths, ['USERNAME', 'E-MAIL', 'ACTIVE', 'STAFF', 'JOINED', 'LAST LOGIN'])
    for (const { username, email, isActive, isStaff, dateJoined, lastLogin } of found) {
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
  await withApp(async ({ users }, configured) => {
    const { user, revokedCount } = await users
      .setActive({ username }, active, atTheShell())
      .catch(unlessMissing(notThere(username, configured)))
    if (json) return printJson({ user: viewOf(user), revokedCount })
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
  await withApp(async ({ users }, configured) => {
    const user = await users
      .setStaff({ username }, staff, atTheShell())
      .catch(unlessMissing(notThere(username, configured)))
    if (json) return printJson({ user: viewOf(user) })
    print(`The user ${visible(user.username)} is ${staff ? 'staff now' : 'staff no longer'}.`)
    if (staff && !user.isActive) print('They may not sign in: see "coatcheck users activate".')
  })
}

/** What is printed of a user: everything but the epoch. */
function viewOf({ epoch: _epoch, ...user }: User) {
  return user
}

function notThere(username: string, { config }: Configured): string {
  return `There is no user ${visible(username)} in ${databaseName(config.databaseUrl)}.`
}
