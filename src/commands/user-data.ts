import { InvalidInput } from '../refusals.ts'
import { theirSessions } from './their-sessions.ts'
import { makeSure } from './terminal/ask.ts'
import { startProgress } from './terminal/progress.ts'
import { withParts } from './run.ts'
import { atTheShell } from './shell.ts'
import { lastStaffName, warnWithoutStaff } from './staff.ts'
import { printJson } from './terminal/table.ts'
import { CommandError, print, unlessMissing } from './terminal/terminal.ts'
import { visible } from './terminal/text.ts'
import { noUser } from './users.ts'

/** `coatcheck users export`: all that is stored of one person, as one JSON document. */
export async function exportUser(username: string): Promise<void> {
  await withParts(['users', 'sessions'], async ({ users, sessions }, configured) => {
    const progress = await startProgress(() => sessions.count({ username, status: 'ANY' }))
    const data = await users
      .exportOf({ username }, progress.update)
      .catch(unlessMissing(noUser(username, configured)))
      .finally(progress.stop)
    printJson(data)
  })
}

/** `coatcheck users delete`: ends a user's sessions and erases them. A person is asked first, and a program says `--yes`. */
export async function deleteUser(
  username: string,
  { yes, json }: { yes?: boolean; json?: boolean },
): Promise<void> {
  await withParts(['db', 'users', 'sessions'], async ({ db, users, sessions }, configured) => {
    const found = await users.find({ username })
    if (found === null) throw new CommandError(noUser(username, configured))
    const question = async () => {
      const { name, isLast } = await lastStaffName(db, found, configured)
      return `Erase the user ${name}${isLast ? ',' : ''} for good?`
    }
    await makeSure(question, { yes })
    const progress = await startProgress(() => sessions.count({ username, status: 'ANY' }))
    const { user, revokedCount } = await users
      .delete({ username }, atTheShell(), progress.update)
      .finally(progress.stop)
      .catch(unlessMissing(noUser(username, configured)))
      .catch(unlessHalfDone(username))
    if (json) printJson({ id: user.id, username: user.username, revokedCount })
    else print(`Erased the user ${visible(user.username)}. ${theirSessions(revokedCount)}`)
    if (user.isStaff) await warnWithoutStaff(db)
  })
}

/** Says on standard error how to finish a deletion that broke off, and throws the error on, which says why it did. */
function unlessHalfDone(username: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof CommandError || error instanceof InvalidInput))
      process.stderr.write(
        `The user ${visible(username)} is not erased yet. Run the same command again: it finishes what was begun.\n`,
      )
    throw error
  }
}
