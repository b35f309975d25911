import { input } from '@inquirer/prompts'
import { usernameKey } from '../auth/users/username.ts'
import { configure } from './configure.ts'
import { databaseName } from './database-name.ts'
import { readPassword } from './password.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { visible } from './table.ts'
import { CommandError, print } from './terminal.ts'
import { UsernameTaken } from '../refusals.ts'

/** `coatcheck create-superuser`: a staff user, asked for at the terminal or given. */
export async function createSuperuser(given: { username?: string; email?: string }): Promise<void> {
  const username = given.username ?? (await askFor('username'))
  const { backends } = await configure()
  const needsAddress = backends.every((one) => one === 'email')
  // Without one they could not sign in.
  const email = given.email ?? (needsAddress ? await askFor('email') : null)
  const password = await readPassword('SUPERUSER_PASSWORD')
  await withApp(async ({ users }, { config }) => {
    const user = await users
      .add({ username, password, email, isStaff: true }, atTheShell())
      .catch((error: unknown) => {
        if (!(error instanceof UsernameTaken)) throw error
        const name = visible(usernameKey(username))
        throw new CommandError(
          `${error.message} To make that user staff: coatcheck users promote ${name}`,
        )
      })
    // Run in another folder than the host's, it may be another database than the host's.
    print(`Made the staff user ${user.username} in ${databaseName(config.databaseUrl)}.`)
  })
}

async function askFor(name: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandError(`Give --${name}: there is no terminal to ask on.`)
  return input({ message: `${name[0]?.toUpperCase()}${name.slice(1)}:`, required: true })
}
