import type { App } from '../app.ts'
import type { Engine } from '../session/engines.ts'
import { moveRecords } from '../session/move.ts'
import type { SessionStore } from '../session/store.ts'
import { startProgress } from './progress.ts'
import { withApp } from './run.ts'
import { printJson } from './table.ts'
import { CommandError, print } from './terminal.ts'

/** `coatcheck sessions migrate`: moves the live sessions from one engine to another, while no server is running. */
export async function migrateSessions({
  json,
  ...names
}: {
  from: string
  to: string
  json?: boolean
}): Promise<void> {
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
      const moved = await move(app, from.store, to.store)
      if (json) return printJson({ moved })
      const sessions = `${moved} ${moved === 1 ? 'session' : 'sessions'}`
      print(`Moved ${sessions} to ${names.to}. Start the server with SESSION_ENGINE=${names.to}.`)
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

async function move(app: App, from: SessionStore, to: SessionStore): Promise<number> {
  const progress = await startProgress(() => countOf(from))
  let moved = 0
  try {
    for await (const done of moveRecords({ from, to, now: app.now })) {
      progress.update(done.seen)
      moved = done.moved
    }
  } finally {
    progress.stop()
  }
  return moved
}

async function countOf(store: SessionStore): Promise<number> {
  let count = 0
  for await (const _entry of store.list?.() ?? []) count++
  return count
}
