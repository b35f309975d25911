import { SingleBar, Presets } from 'cli-progress'
import { withApp } from './run.ts'
import { print } from './terminal.ts'

/** `coatcheck clear-sessions`: Django's clearsessions, in batches that keep nobody waiting. For cron. */
export async function clearSessions(): Promise<void> {
  await withApp(async (app) => {
    const at = new Date(app.settings.now())
    const expected = await app.db.session.count({ where: { expiresAt: { lte: at } } })
    const bar =
      process.stdout.isTTY && expected > 0 ? new SingleBar({}, Presets.shades_classic) : null
    bar?.start(expected, 0)
    const cleared = await app.clearExpired((total) => bar?.update(total))
    bar?.stop()
    print(`Cleared ${cleared} expired ${cleared === 1 ? 'session' : 'sessions'}.`)
  })
}
