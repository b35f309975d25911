import { counted } from '../numbers.ts'
import { startProgress } from './terminal/progress.ts'
import { withParts } from './run.ts'
import { atTheShell } from './shell.ts'
import { printJson } from './terminal/table.ts'
import { print } from './terminal/terminal.ts'

/** `coatcheck clear-sessions`: Django's clearsessions, in batches that keep no visitor waiting. For cron. */
export async function clearSessions({ json }: { json?: boolean }): Promise<void> {
  await withParts(['sessions'], async ({ sessions }) => {
    const progress = await startProgress(() => sessions.countOverdue())
    const cleared = await sessions
      .clearExpired(atTheShell(), progress.update)
      .finally(progress.stop)
    if (json) return printJson({ cleared })
    print(
      cleared === 0 ? 'No session had expired.' : `Cleared ${counted(cleared, 'expired session')}.`,
    )
  })
}
