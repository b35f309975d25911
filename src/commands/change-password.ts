import { databaseName } from './database-name.ts'
import { readPassword } from './password.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { visible } from './table.ts'
import { print, unlessMissing } from './terminal.ts'

/** `coatcheck change-password`: sets a user's password and ends every session of theirs. */
export async function changePasswordOf(username: string): Promise<void> {
  const password = await readPassword('CHANGE_PASSWORD')
  await withApp(async ({ users }, { config }) => {
    const database = databaseName(config.databaseUrl)
    const { user, revokedCount } = await users
      .setPassword({ username }, password, atTheShell())
      .catch(unlessMissing(`There is no user ${visible(username)} in ${database}.`))
    print(
      `Changed the password of ${visible(user.username)} in ${database}. Sessions ended: ${revokedCount}.`,
    )
  })
}
