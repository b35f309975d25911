import { text } from 'node:stream/consumers'
import { input, password as secret } from '@inquirer/prompts'
import { createUser } from '../auth/user.ts'
import { readEnvironment } from '../config.ts'
import { withApp } from './run.ts'
import { CommandError, print } from './terminal.ts'

/** `coatcheck create-superuser`: a staff user, asked for at the terminal or given. */
export async function createSuperuser(given: { username?: string; email?: string }): Promise<void> {
  const username = given.username ?? (await askFor('username'))
  const password = await readPassword()
  await withApp(async ({ db, passwords }) => {
    const email = given.email ?? null
    const user = await createUser(db, passwords, { username, password, email, isStaff: true })
    print(`Made the staff user ${user.username}.`)
  })
}

/** From SUPERUSER_PASSWORD, from standard input where that is no terminal, or typed twice. */
async function readPassword(): Promise<string> {
  const fromEnvironment = readEnvironment()['SUPERUSER_PASSWORD']
  if (fromEnvironment) return fromEnvironment
  if (!process.stdin.isTTY) return (await text(process.stdin)).replace(/\r?\n$/, '')
  const password = await secret({ message: 'Password:', mask: true })
  const again = await secret({ message: 'Password (again):', mask: true })
  if (password !== again) throw new CommandError('The two passwords differ. Nobody was made.')
  return password
}

async function askFor(name: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new CommandError(`Give --${name}: there is no terminal to ask on.`)
  return input({ message: `${name[0]?.toUpperCase()}${name.slice(1)}:`, required: true })
}
