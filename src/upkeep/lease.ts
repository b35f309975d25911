import { randomUUID } from 'node:crypto'
import type { Database } from '../database/database.ts'
import { statement } from '../database/statements.ts'

/** A lease that this process holds. Its functions reject where the database does. */
export interface HeldLease {
  /** Shows that its holder is alive. False where another process has taken over: the holder must stop then. */
  beat(): Promise<boolean>
  /** Gives it back. Does nothing where another process has taken over. */
  release(): Promise<void>
}

/** What one process at a time may do. */
export interface Lease {
  /**
   * Takes it; null while another process holds it. Call it again and again, at intervals longer than a holder's beats. Rejects
   * where the database does.
   */
  take(): Promise<HeldLease | null>
  /** Does a process hold it, alive or dead? Rejects where the database does. */
  isTaken(): Promise<boolean>
}

/** How the row of a lease stands. */
interface State {
  readonly holder: string
  readonly beat: number
}

const begin = statement(
  `INSERT INTO "Lease" (name, holder, beat) VALUES ($1, $2, 0) ON CONFLICT (name) DO NOTHING`,
)
const look = statement<State>('SELECT holder, beat FROM "Lease" WHERE name = $1')
const takeOver = statement(
  'UPDATE "Lease" SET holder = $2, beat = beat + 1 WHERE name = $1 AND holder = $3 AND beat = $4',
)
const goOn = statement('UPDATE "Lease" SET beat = beat + 1 WHERE name = $1 AND holder = $2')
const end = statement('DELETE FROM "Lease" WHERE name = $1 AND holder = $2')

/** After so many looks in a row that find the same beat, this process takes the holder for dead. */
const stillLooks = 3

/**
 * The lease of this name in the database. It compares no clocks, neither those of the processes nor the database's: a holder
 * whose beat has stood still for three looks of another process loses it. So a clock that is wrong, or set back, gives the
 * lease to no second process. A process that stood still itself has not looked meanwhile.
 *
 * A holder that was stopped for longer and goes on may still do what it was about to do. Its next `beat` tells it.
 */
export function createLease(db: Database, name: string): Lease {
  const { first, write } = db.statements
  let seen: State | null = null
  let looks = 0

  return {
    isTaken: async () => (await first(look, [name])) !== null,

    async take() {
      const holder = randomUUID()
      if ((await write(begin, [name, holder])).count === 1) return hold(holder)
      const found = await first(look, [name])
      if (found === null) return null // it was given back just now
      looks = found.holder === seen?.holder && found.beat === seen.beat ? looks + 1 : 1
      seen = found
      if (looks < stillLooks) return null
      const { count } = await write(takeOver, [name, holder, found.holder, found.beat])
      return count === 1 ? hold(holder) : null
    },
  }

  function hold(holder: string): HeldLease {
    looks = 0
    return {
      beat: async () => (await write(goOn, [name, holder])).count === 1,
      release: async () => void (await write(end, [name, holder])),
    }
  }
}
