import { agreedNow } from '../auth/clearing/agreed-now.ts'
import type { Clocks } from '../auth/clearing/agreed-now.ts'
import type { Clear } from '../auth/clearing/expired.ts'
import type { MeasureLoad } from '../auth/clearing/load.ts'
import { sweep } from '../auth/clearing/sweep.ts'
import type { Lease } from './lease.ts'
import { createRounds } from './rounds.ts'
import type { Pace, Rounds } from './rounds.ts'

/**
 * The pace of a server, in milliseconds. A holder of the lease beats four times between two looks of another process. While a
 * process pauses for longer than `peek`, it looks that often whether another one holds the lease, which may have died.
 */
const usualPace = {
  start: 60_000,
  busy: 300_000,
  idle: 3_600_000,
  look: 20_000,
  beat: 5000,
  peek: 60_000,
}

/** How often a process looks for tables that have grown, in milliseconds. A look that finds none takes tenths of a millisecond. */
const look = 10_000

/**
 * How long ago something must have expired, in milliseconds, before the server removes it. Until then it can tell a visitor who
 * comes back that the session has expired.
 */
export const grace = 3_600_000

/**
 * The most things that one step removes. The rows of a step lie all over the indexes, and after a checkpoint PostgreSQL logs each
 * page that a step touches as a whole. The commit of a visitor who writes meanwhile waits until all of that is on the disk.
 */
export const mostAtOnce = 100

/** From where on a clock that is ahead of the database's is worth a warning, in milliseconds. */
const mostAhead = 30_000

/** What the upkeep works on. */
export interface UpkeepOptions extends Clocks {
  /** What all processes share: one of them at a time clears it. */
  readonly shared: readonly Clear[]
  readonly lease: Lease
  /** What this process may have for itself, such as files of its machine. Each process clears it. */
  readonly own: readonly Clear[]
  /** See `Database.analyzeGrown`. Each process does it: those that come later find nothing to do. */
  readonly analyzeGrown?: (() => Promise<number>) | null
  readonly measureLoad: MeasureLoad
  readonly log: {
    info(details: object, message: string): void
    warn(details: object, message: string): void
  }
  readonly pace?: Pace & { readonly beat: number; readonly peek: number }
  /** Called with how many things each step of this process has removed: sessions, counted attempts and events alike. */
  readonly onRemoved?: (count: number) => void
}

/**
 * Clears what has expired while a server runs, and has the database analyze tables that have grown. Two processes that clear at
 * once do no harm: each statement asks the row itself whether it has expired. So a holder that stood still until it lost the lease
 * may finish its step when it goes on, and the next beat stops it.
 */
export function createUpkeep(options: UpkeepOptions): Rounds {
  const { shared, lease, own, analyzeGrown, measureLoad, now, log, onRemoved } = options
  const { pace = usualPace } = options
  const steady = options.pace ?? { start: look, busy: look, idle: look, look }
  const all = [
    createRounds(roundOfShared, pace, {
      ...tellings('clearing the database'),
      peek: { every: pace.peek, isDue: lease.isTaken },
    }),
    ...(own.length > 0
      ? [createRounds(roundOfOwn, pace, tellings('clearing the session store'))]
      : []),
    ...(analyzeGrown ? [createRounds(analyzeGrown, steady, tellings('analyzing tables'))] : []),
  ]
  return {
    start() {
      for (const rounds of all) rounds.start()
    },
    async stop() {
      await Promise.all(all.map((rounds) => rounds.stop()))
    },
  }

  function tellings(what: string) {
    return {
      onFault: (error: unknown) =>
        log.warn({ err: error }, `${what} failed; the server will try again`),
      onMended: () => log.info({}, `${what} works again`),
    }
  }

  function roundOfOwn(over: AbortSignal): Promise<number> {
    return clearAll(own, now(), over, async () => !over.aborted)
  }

  async function roundOfShared(over: AbortSignal): Promise<number | null> {
    const held = await lease.take()
    if (held === null) return null
    let isHeld = true
    let due = performance.now() + pace.beat
    try {
      const at = await agreedNow(options)
      const ahead = now() - at
      if (ahead > mostAhead) log.warn({ ahead }, clockIsAhead)
      return await clearAll(shared, at, over, async () => {
        if (isHeld && performance.now() >= due) {
          isHeld = await held.beat()
          due = performance.now() + pace.beat
        }
        return isHeld && !over.aborted
      })
    } finally {
      await held.release().catch(() => undefined) // a lease that is not given back goes to another process after three looks
    }
  }

  /** Clears all of them, also behind one that fails. Rejects with the first failure. */
  async function clearAll(
    clears: readonly Clear[],
    at: number,
    over: AbortSignal,
    mayGoOn: () => Promise<boolean>,
  ): Promise<number> {
    const turns = { measureLoad, mayGoOn, over, most: mostAtOnce }
    const failures: unknown[] = []
    let removed = 0
    for (const clear of clears) {
      try {
        removed += await sweep(clear, at - grace, turns, onRemoved)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    return removed
  }
}

const clockIsAhead =
  'the clock of this machine is ahead of the database: sessions end too early here, by so many milliseconds'
