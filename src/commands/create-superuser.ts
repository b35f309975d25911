import { input } from '@inquirer/prompts'
import { createUser } from '../auth/user.ts'
import { readPassword } from './password.ts'
import { withApp } from './run.ts'
import { CommandError, print } from './terminal.ts'

/** `coatcheck create-superuser`: a staff user, asked for at the terminal or given. */
export async function createSuperuser(given: { username?: string; email?: string }): Promise<void> {
  const username = given.username ?? (await askFor('username'))
  const password = await readPassword('SUPERUSER_PASSWORD')
  await withApp(async ({ db, passwords }) => {
    const email = given.email ?? null
    const user = await createUser(db, passwords, { username, password, email, isStaff: true })
    print(`Made the staff user ${user.username}.`)
  })
}

async function askFor(name: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandError(`Give --${name}: there is no terminal to ask on.`)
  return input({ message: `${name[0]?.toUpperCase()}${name.slice(1)}:`, required: true })
}
