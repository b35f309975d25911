import { setPassword } from '../auth/change-password.ts'
import { endOutdated } from '../auth/ending.ts'
import { usernameKey } from '../auth/username.ts'
import { readPassword } from './password.ts'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { visible } from './table.ts'
import { CommandError, print } from './terminal.ts'

/** `coatcheck change-password`: sets a user's password and ends every session of theirs. */
export async function changePasswordOf(username: string): Promise<void> {
  const password = await readPassword('CHANGE_PASSWORD')
  await withApp(async (app) => {
    const { db, passwords, settings, notify } = app
    const where = { usernameKey: usernameKey(username) }
    const user = await db.user.findUnique({ where, select: { id: true, username: true } })
    if (user === null) throw new CommandError(`There is no user ${visible(username)}.`)
    const epoch = await setPassword(db, passwords, { user, password, now: settings.now() })
    const count = await endOutdated(app, { id: user.id, epoch }, 'PASSWORD_CHANGED', null)
    await notify({ type: 'PASSWORD_CHANGED', ...atTheShell(), subjectId: user.id })
    print(`Changed the password of ${visible(user.username)}. Sessions ended: ${count}.`)
  })
}
