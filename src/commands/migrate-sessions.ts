import type { Engine } from '../session/engines/engines.ts'
import { moveRecords } from '../session/moving/move-all.ts'
import type { MoveProgress } from '../session/moving/move-all.ts'
import type { EngineChoice } from '../session/engines/moving-engine.ts'
import type { SessionStore } from '../session/store.ts'
import { counted } from '../numbers.ts'
import { askSkew, harmful, setClocks } from './clocks.ts'
import { howTheyLeave } from './moves-by-writes.ts'
import { startProgress } from './terminal/progress.ts'
import { withParts } from './run.ts'
import { printJson } from './terminal/table.ts'
import { CommandError, print } from './terminal/terminal.ts'

/**
 * `coatcheck sessions migrate`: moves the live sessions from one engine to another, while no server runs, or while every server
 * reads both. Left out, `from` is the previous engine and `to` the configured one; either may be a function of a config file.
 * Throws `CommandError` for engines between which it can move nothing: a script that ends at `moved: 0` must not take a store
 * that cannot list its sessions for one that has none left. So too where this machine's clock is wrong.
 */
export async function migrateSessions({
  json,
  ...given
}: {
  from?: string
  to?: string
  json?: boolean
}): Promise<void> {
  await withParts(['openEngine', 'now', 'db'], async ({ openEngine, now, db }, configured) => {
    const { config, extensions } = configured
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
      // The move judges by this clock what has expired, and a cache forgets by it.
      const skew = await askSkew(db)
      if (skew > harmful)
        throw new CommandError(
          `The clocks of this machine and of the database are ${Math.round(skew / 1000)} s apart, so that a move would take live sessions for expired. ${setClocks}`,
        )
      const done = await move(now, stores[0].store, stores[1].store)
      if (json) {
        const { moved, refused, justExpired } = done
        return printJson({ moved, refused, justExpired })
      }
      print(whatItDid(done, names.to, previous !== null))
    } finally {
      await Promise.all(opened.map(({ store }) => store.close?.()))
    }
  })
}

/** What the move did, what it left where it was, and what the operator does next. */
function whatItDid(
  { moved, refused, justExpired }: MoveProgress,
  to: string,
  isServed: boolean,
): string {
  const next = isServed
    ? moved === 0
      ? `The servers need SESSION_ENGINE_PREVIOUS no more${refused > 0 ? ' then' : ''}.`
      : 'Run it again before you take SESSION_ENGINE_PREVIOUS out: when it moves 0, you may.'
    : `Start the server with SESSION_ENGINE=${to}.`
  return [
    `Moved ${counted(moved, 'session')} to ${to}.`,
    ...(justExpired > 0
      ? [
          `It left ${counted(justExpired, 'session')} that expired in the last hour by the clock of this machine.`,
        ]
      : []),
    ...(refused > 0
      ? [
          `${to} refuses ${counted(refused, 'session')}: they have ended, or their end is under way. What it refuses half a minute later is over.`,
        ]
      : []),
    next,
  ].join(' ')
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

async function move(
  now: () => number,
  from: SessionStore,
  to: SessionStore,
): Promise<MoveProgress> {
  const progress = await startProgress(() => sizeOf(from, now()))
  let last: MoveProgress = { seen: 0, moved: 0, justExpired: 0, refused: 0 }
  try {
    for await (const done of moveRecords({ from, to, now })) {
      progress.update(done.seen)
      last = done
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
  return last
}

/** Null where the store does not say, in time or at all: that keeps no session from moving. */
async function sizeOf(store: SessionStore, now: number): Promise<number | null> {
  try {
    return (await store.size?.(now)) ?? null
  } catch {
    return null // a statement that took too long, or NOPERM
  }
}
