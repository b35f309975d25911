import { theirSessions } from './their-sessions.ts'
import { databaseName } from './database-name.ts'
import { readPassword } from './terminal/password.ts'
import { withParts } from './run.ts'
import { atTheShell } from './shell.ts'
import { printJson } from './terminal/table.ts'
import { print, unlessMissing } from './terminal/terminal.ts'
import { visible } from './terminal/text.ts'
import { noUser } from './users.ts'

/** `coatcheck change-password`: sets a user's password and ends every session of theirs. */
export async function changePasswordOf(
  username: string,
  { json }: { json?: boolean },
): Promise<void> {
  const password = await readPassword('CHANGE_PASSWORD')
  await withParts(['users'], async ({ users }, configured) => {
    const { user, revokedCount } = await users
      .setPassword({ username }, password, atTheShell())
      .catch(unlessMissing(noUser(username, configured)))
    if (json) return printJson({ username: user.username, revokedCount })
    const database = databaseName(configured.config.databaseUrl)
    print(
      `Changed the password of ${visible(user.username)} in ${database}. ${theirSessions(revokedCount)}`,
    )
  })
}
