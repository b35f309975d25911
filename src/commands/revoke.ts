import type { SessionFilter } from '../auth/sessions/session-filter.ts'
import { counted } from '../numbers.ts'
import { databaseName } from './database-name.ts'
import { makeSure } from './terminal/ask.ts'
import { startProgress } from './terminal/progress.ts'
import { withParts } from './run.ts'
import { findId, noSession } from './session-view.ts'
import { atTheShell } from './shell.ts'
import { printJson } from './terminal/table.ts'
import { CommandError, print, unlessMissing } from './terminal/terminal.ts'
import { visible } from './terminal/text.ts'
import { noUser } from './users.ts'

/** `coatcheck sessions revoke`: ends one session, by its id or enough of it. */
export async function revokeSession(given: string, { json }: { json?: boolean }): Promise<void> {
  await withParts(['sessions'], async ({ sessions }) => {
    const id = await findId(sessions, given, { alive: true })
    await sessions.revoke(id, atTheShell()).catch(unlessMissing(noSession(given)))
    if (json) printJson({ id })
    else print(`Ended the session ${id}.`)
  })
}

/** `coatcheck sessions revoke --all` and `--username`: ends every living session, or one user's. A person is asked first, and a program says `--yes`. */
export async function revokeSessions({
  username,
  yes,
  json,
}: {
  username?: string
  yes?: boolean
  json?: boolean
}): Promise<void> {
  await withParts(['sessions', 'users'], async ({ sessions, users }, configured) => {
    if (username !== undefined && (await users.find({ username })) === null)
      throw new CommandError(noUser(username, configured))
    const filter: SessionFilter = { status: 'ACTIVE', ...(username !== undefined && { username }) }
    const whose = username === undefined ? 'every session' : `every session of ${visible(username)}`
    let counting: Promise<number> | null = null
    const count = () => (counting ??= sessions.count(filter))
    const place = databaseName(configured.config.databaseUrl)
    const question = async () => `End ${whose} in ${place} (${counted(await count(), 'session')})?`
    await makeSure(question, { yes })
    const progress = await startProgress(count)
    const outcome = await sessions
      .revokeAll(filter, atTheShell(), { onProgress: progress.update })
      .finally(progress.stop)
    if (json) return printJson(outcome)
    const { revokedCount } = outcome
    const of = username === undefined ? '' : ` of ${visible(username)}`
    if (revokedCount === 0) print(`There was no session${of} to end.`)
    else print(`Ended ${counted(revokedCount, 'session')}${of}.`)
  })
}
