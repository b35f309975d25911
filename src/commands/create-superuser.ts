import type { App } from '../app.ts'
import { usernameKey } from '../auth/users/username.ts'
import { ask } from './terminal/ask.ts'
import { configure } from './configure.ts'
import type { Configured } from './configure.ts'
import { databaseName } from './database-name.ts'
import { readPassword } from './terminal/password.ts'
import { withParts } from './run.ts'
import { atTheShell } from './shell.ts'
import { printJson } from './terminal/table.ts'
import { CommandError, print } from './terminal/terminal.ts'
import { visible } from './terminal/text.ts'
import { UsernameTaken } from '../refusals.ts'

/** `coatcheck create-superuser`: makes a staff user, whose name is given or asked for. Throws `CommandError` for a name that is taken. */
export async function createSuperuser(given: {
  username?: string
  email?: string
  json?: boolean
}): Promise<void> {
  const username = given.username ?? (await ask('username'))
  const { backends } = await configure()
  const needsAddress = backends.every((one) => one === 'email')
  // Without an address they could not sign in.
  const email = given.email ?? (needsAddress ? await ask('email') : null)
  const password = await readPassword('SUPERUSER_PASSWORD')
  const work = async ({ users }: Pick<App, 'users'>, { config }: Configured) => {
    const user = await users
      .add({ username, password, email, isStaff: true }, atTheShell())
      .catch((error: unknown) => {
        if (!(error instanceof UsernameTaken)) throw error
        const name = visible(usernameKey(username))
        throw new CommandError(
          `${error.message} To make that user staff: coatcheck users promote ${name}`,
        )
      })
    if (given.json) return printJson({ id: user.id, username: user.username, email: user.email })
    // In another folder than the server's, it may be another database than the server's.
    print(`Made the staff user ${user.username} in ${databaseName(config.databaseUrl)}.`)
  }
  await withParts(['users'], work, { makesDatabase: true })
}
