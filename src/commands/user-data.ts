import { makeSure } from './ask.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { printJson } from './table.ts'
import { print, unlessMissing } from './terminal.ts'
import { visible } from './text.ts'
import { noUser } from './users.ts'

/** `coatcheck users export`: all that is stored of one person, as one JSON document. */
export async function exportUser(username: string): Promise<void> {
  await withApp(async ({ users }, configured) => {
    const missing = unlessMissing(noUser(username, configured))
    printJson(await users.exportOf({ username }).catch(missing))
  })
}

/** `coatcheck users delete`: ends a user's sessions and erases them. A person is asked first. */
export async function deleteUser(
  username: string,
  { yes, json }: { yes?: boolean; json?: boolean },
): Promise<void> {
  await makeSure(`Erase the user ${visible(username)} for good?`, { ...(yes && { yes }) })
  await withApp(async ({ users }, configured) => {
    const { user, revokedCount } = await users
      .delete({ username }, atTheShell())
      .catch(unlessMissing(noUser(username, configured)))
    if (json) return printJson({ id: user.id, username: user.username, revokedCount })
    print(`Erased the user ${visible(user.username)}. Sessions ended: ${revokedCount}.`)
  })
}
