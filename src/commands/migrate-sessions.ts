import type { Engine } from '../session/engines/engines.ts'
import { moveRecords } from '../session/moving/move.ts'
import type { EngineChoice } from '../session/engines/moving-engine.ts'
import type { SessionStore } from '../session/store.ts'
import { counted } from '../numbers.ts'
import { howTheyLeave } from './moves-by-writes.ts'
import { startProgress } from './terminal/progress.ts'
import { withParts } from './run.ts'
import { printJson } from './terminal/table.ts'
import { CommandError, print } from './terminal/terminal.ts'

/**
 * `coatcheck sessions migrate`: moves the live sessions from one engine to another, while no server runs, or while every server
 * reads both. Left out, `from` is the previous engine and `to` the configured one; either may be a function of a config file.
 * Throws `CommandError` for engines between which it can move nothing: a script that ends at `moved: 0` must not take a store
 * that cannot list its sessions for one that has none left.
 */
export async function migrateSessions({
  json,
  ...given
}: {
  from?: string
  to?: string
  json?: boolean
}): Promise<void> {
  await withParts(['openEngine', 'now'], async ({ openEngine, now }, { config, extensions }) => {
    const previous = extensions.previousEngine ?? config.sessionEnginePrevious
    const [from, to] = [
      given.from ?? previous,
      given.to ?? extensions.engine ?? config.sessionEngine,
    ]
    if (from === null)
      throw new CommandError('Name the old engine by --from, or set SESSION_ENGINE_PREVIOUS.')
    if (from === to) throw new CommandError('Both are the same engine: there is nothing to move.')
    const opened: Engine[] = []
    const open = async (choice: EngineChoice) => {
      const engine = await openEngine(choice)
      opened.push(engine)
      return engine
    }
    try {
      const stores = [await open(from), await open(to)] as const
      const names = { from: nameOf(from), to: nameOf(to) }
      assertMovable(...stores, names)
      if (!stores[0].store.list)
        throw new CommandError(
          `${names.from} cannot list what it holds, so no command moves its sessions. ${howTheyLeave(stores[1].store, config)}`,
        )
      const moved = await move(now, stores[0].store, stores[1].store)
      if (json) return printJson({ moved })
      const sessions = counted(moved, 'session')
      const next =
        previous === null
          ? `Start the server with SESSION_ENGINE=${names.to}.`
          : moved === 0
            ? 'The servers need SESSION_ENGINE_PREVIOUS no more.'
            : 'Run it again before you take SESSION_ENGINE_PREVIOUS out: when it moves 0, you may.'
      print(`Moved ${sessions} to ${names.to}. ${next}`)
    } finally {
      await Promise.all(opened.map(({ store }) => store.close?.()))
    }
  })
}

/** A function of a config file has no name that an operator would know. */
function nameOf(choice: EngineChoice): string {
  return typeof choice === 'string' ? choice : 'the engine of the config file'
}

function assertMovable(from: Engine, to: Engine, names: { from: string; to: string }): void {
  if (!to.keepsRecords)
    throw new CommandError(
      'Sessions cannot be moved into cookies, which visitors carry: people sign in again.',
    )
  if (from.recordIn && to.recordIn)
    throw new CommandError('Both keep their records in the database: there is nothing to move.')
  if (!from.keepsRecords)
    throw new CommandError(`${names.from} cannot list what it holds: people sign in again.`)
}

async function move(now: () => number, from: SessionStore, to: SessionStore): Promise<number> {
  const progress = await startProgress(() => sizeOf(from, now()))
  let moved = 0
  try {
    for await (const done of moveRecords({ from, to, now })) {
      progress.update(done.seen)
      moved = done.moved
    }
  } catch (error) {
    // A move needs the right to SCAN, and serving does not: the server has started without it.
    if (!(error instanceof Error && error.message.startsWith('NOPERM'))) throw error
    throw new CommandError(
      `CACHE_URL: Redis says ${error.message}. A move needs it: ACL SETUSER <user> +scan`,
    )
  } finally {
    progress.stop()
  }
  return moved
}

/** Null where the store does not say, in time or at all: that keeps no session from moving. */
async function sizeOf(store: SessionStore, now: number): Promise<number | null> {
  try {
    return (await store.size?.(now)) ?? null
  } catch {
    return null // a statement that took too long, or NOPERM
  }
}
