import { SingleBar, Presets } from 'cli-progress'
import { withApp } from './run.ts'
import { atTheShell } from './shell.ts'
import { print } from './terminal.ts'

/** `coatcheck clear-sessions`: Django's clearsessions, in batches that keep no visitor waiting. For cron. */
export async function clearSessions(): Promise<void> {
  await withApp(async ({ sessions }) => {
    const expected = process.stdout.isTTY ? await sessions.countOverdue() : 0
    const bar = expected > 0 ? new SingleBar({}, Presets.shades_classic) : null
    bar?.start(expected, 0)
    const cleared = await sessions.clearExpired(atTheShell(), (total) => bar?.update(total))
    bar?.stop()
    print(`Cleared ${cleared} expired ${cleared === 1 ? 'session' : 'sessions'}.`)
  })
}
