import { readFile } from 'node:fs/promises'
import { accountRulesFor } from '../auth/logins/backends.ts'
import type { App } from '../app.ts'
import { counted, figure } from '../numbers.ts'
import type { Configured } from './configure.ts'
import { startProgress } from './terminal/progress.ts'
import type { Progress } from './terminal/progress.ts'
import { withParts } from './run.ts'
import { atTheShell } from './shell.ts'
import { printJson } from './terminal/table.ts'
import { CommandError, print } from './terminal/terminal.ts'
import { visible } from './terminal/text.ts'

/**
 * `coatcheck import-django`: makes users of what `manage.py dumpdata auth.user` wrote. They keep their passwords, and the audit
 * has each of them. Throws `CommandError` once the others are made, where an entry was bad or the dump has no user.
 */
export async function importDjango(
  path: string,
  { json, ...options }: { model?: string; json?: boolean },
): Promise<void> {
  const dump = await readFile(path)
  const work = async ({ users }: Pick<App, 'users'>, { backends }: Configured) => {
    const rules = accountRulesFor(backends)
    let progress: Progress | null = null
    const watch = async (many: number) => {
      progress = await startProgress(() => Promise.resolve(many))
      return progress.update
    }
    const outcome = await users
      .importFrom(dump, { ...options, rules, watch }, atTheShell())
      .finally(() => progress?.stop())
    const { model, imported, existing, others, faults } = outcome
    if (json) printJson(outcome)
    else {
      print(`Imported ${counted(imported, 'user')}. ${figure(existing)} existed already.`)
      if (others > 0)
        print(
          `Passed over ${counted(others, 'entry', 'entries')} of other models than ${visible(model)}.`,
        )
    }
    if (faults.length > 0) throw new CommandError(faults.join('\n'))
  }
  await withParts(['users'], work, { makesDatabase: true })
}
