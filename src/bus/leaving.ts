import type { Wire } from './wire.ts'

/** Why the link lets go of a line that works: `wire`, which comes before its own, carries. */
export class Preferred extends Error {
  readonly wire: Wire

  constructor(wire: Wire) {
    super(`${wire.name} carries again.`)
    this.name = 'Preferred'
    this.wire = wire
  }
}

/** What it takes to say when a wire is left. */
export interface LeavingOptions {
  readonly wires: readonly Wire[]
  /** Does this wire carry now? Never rejects. */
  readonly carries: (wire: Wire) => Promise<boolean>
  /** For how long a wire must not have carried, in milliseconds. */
  readonly after: number
}

/** Says when the link leaves a wire that fails for a reason it does not know. */
export interface Leaving {
  /** Counts the time from now on: the wire has carried, or is another than before. */
  begin(): void
  /** The wire to go to, once `wire` has failed again; null where it is tried again. Never rejects. */
  next(wire: Wire): Promise<Wire | null>
}

/**
 * A wire is left once it has not carried for `after` milliseconds, if another carries. While the server behind it answers nothing
 * else either, it is waited for instead: all processes are back on it at once when the server is, and tell each other little
 * meanwhile. Another wire that reaches only some of the processes is no reason to leave.
 */
export function createLeaving({ wires, carries, after }: LeavingOptions): Leaving {
  let since = performance.now()
  /** Has the server answered after the time was up? Then the wire has had one try more. */
  let isAnswered = false
  return { begin, next }

  function begin(): void {
    since = performance.now()
    isAnswered = false
  }

  async function next(wire: Wire): Promise<Wire | null> {
    const others = wires.filter((other) => other !== wire && other.reachesAll)
    if (others.length === 0 || performance.now() - since < after) return null
    if (!isAnswered && (await answers(wire))) {
      isAnswered = true
      return null
    }
    const wasAnswered = isAnswered
    begin()
    if (wasAnswered) for (const other of others) if (await carries(other)) return other
    return null
  }
}

async function answers({ answers }: Wire): Promise<boolean> {
  try {
    await answers?.()
    return true
  } catch {
    return false
  }
}
