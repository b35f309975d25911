import type { App } from '../app.ts'
import { hasActiveStaff, howToMakeStaff, isLastStaff } from '../auth/accounts/first-staff.ts'
import type { User } from '../auth/users/user.ts'
import type { Database } from '../database/database.ts'
import type { Configured } from './configure.ts'
import { databaseName } from './database-name.ts'
import { makeSure } from './terminal/ask.ts'
import { styled } from './terminal/terminal.ts'
import { visible } from './terminal/text.ts'

/**
 * Says on standard error that no staff user is left who may sign in, and how to make one; nothing where one is left. Commands
 * that take a staff user away call it. Programs read it too, because their operator finds /admin closed.
 */
export async function warnWithoutStaff(db: Database): Promise<void> {
  if (await hasActiveStaff(db)) return
  const warning = `No active staff user is left. ${howToMakeStaff}`
  process.stderr.write(`${styled('yellow', warning, process.stderr)}\n`)
}

/**
 * What a question calls this user: their name, and that they are the last active staff user where they are, because that
 * closes /admin to every person.
 */
export async function lastStaffName(
  db: Database,
  user: User,
  { config }: Configured,
): Promise<{ readonly name: string; readonly isLast: boolean }> {
  const name = visible(user.username)
  if (!(await isLastStaff(db, user))) return { name, isLast: false }
  const database = databaseName(config.databaseUrl)
  return { name: `${name}, the last active staff user in ${database}`, isLast: true }
}

/**
 * Lets a person think again before the last active staff user is taken away, as `makeSure` does. It asks about no other user,
 * and looks nothing up for `yes`. It lets a name that no user has pass: the change itself says so. `question` gets the name.
 */
export async function makeSureOfLastStaff(
  { db, users }: Pick<App, 'db' | 'users'>,
  username: string,
  configured: Configured,
  { question, yes }: { question: (name: string) => string; yes: boolean },
): Promise<void> {
  if (yes) return
  const user = await users.find({ username })
  if (user === null) return
  const { name, isLast } = await lastStaffName(db, user, configured)
  if (isLast) await makeSure(() => question(name))
}
