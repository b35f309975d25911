import { readFile } from 'node:fs/promises'
import { accountRulesFor } from '../auth/logins/backends.ts'
import { importUsers } from '../auth/accounts/import-users.ts'
import type { App } from '../app.ts'
import type { Configured } from './configure.ts'
import { startProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import { withApp } from './run.ts'
import { printJson } from './table.ts'
import { CommandError, print } from './terminal.ts'
import { visible } from './text.ts'

/**
 * `coatcheck import-django`: makes the users of `manage.py dumpdata auth.user` users of ours. They keep their passwords.
 * Fails where an entry was bad, and where there was no user in the dump.
 */
export async function importDjango(
  path: string,
  { json, ...options }: { model?: string; json?: boolean },
): Promise<void> {
  const dump = await readFile(path)
  const work = async ({ db }: App, { backends }: Configured) => {
    const rules = accountRulesFor(backends)
    let progress: Progress | null = null
    const watch = async (users: number) => {
      progress = await startProgress(() => Promise.resolve(users))
      return progress.update
    }
    const outcome = await importUsers(db, dump, { ...options, rules, watch }).finally(() =>
      progress?.stop(),
    )
    const { model, imported, existing, others, faults } = outcome
    if (json) printJson(outcome)
    else {
      const users = `${imported} ${imported === 1 ? 'user' : 'users'}`
      print(`Imported ${users}. ${existing} existed already.`)
      if (others > 0) print(`Passed over ${others} that are no ${visible(model)}.`)
    }
    if (faults.length > 0) throw new CommandError(faults.join('\n'))
  }
  await withApp(work, { makesDatabase: true })
}
