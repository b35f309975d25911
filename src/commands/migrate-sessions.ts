import { SingleBar, Presets } from 'cli-progress'
import type { App } from '../app.ts'
import type { Engine } from '../session/engines.ts'
import { moveRecords } from '../session/move.ts'
import type { SessionStore } from '../session/store.ts'
import { withApp } from './run.ts'
import { CommandError, print } from './terminal.ts'

/** `coatcheck sessions migrate`: moves the live sessions from one engine to another, while no server is running. */
export async function migrateSessions(names: { from: string; to: string }): Promise<void> {
  if (names.from === names.to) throw new CommandError('These are the same engine.')
  await withApp(async (app) => {
    const opened: Engine[] = []
    const open = async (name: string) => {
      const engine = await app.openEngine(name)
      opened.push(engine)
      return engine
    }
    try {
      const [from, to] = [await open(names.from), await open(names.to)]
      assertMovable(from, to, names)
      await move(app, from.store, to.store, names)
    } finally {
      await Promise.all(opened.map(({ store }) => store.close?.()))
    }
  })
}

function assertMovable(from: Engine, to: Engine, names: { from: string; to: string }): void {
  if (!to.keepsRecords)
    throw new CommandError('Only visitors can carry cookies: people sign in again.')
  if (from.recordIn && to.recordIn)
    throw new CommandError('Both keep their records in the database: there is nothing to move.')
  if (!from.store.list)
    throw new CommandError(`${names.from} cannot list what it holds: people sign in again.`)
}

async function move(
  app: App,
  from: SessionStore,
  to: SessionStore,
  names: { from: string; to: string },
): Promise<void> {
  const bar = process.stdout.isTTY ? new SingleBar({}, Presets.shades_classic) : null
  bar?.start(await countOf(from), 0)
  let moved = 0
  for await (const progress of moveRecords({ from, to, now: app.now })) {
    bar?.update(progress.seen)
    moved = progress.moved
  }
  bar?.stop()
  const sessions = `${moved} ${moved === 1 ? 'session' : 'sessions'}`
  print(`Moved ${sessions} to ${names.to}. Start the server with SESSION_ENGINE=${names.to}.`)
}

async function countOf(store: SessionStore): Promise<number> {
  let count = 0
  for await (const _entry of store.list?.() ?? []) count++
  return count
}
