import type { Breaker } from './breaker.ts'
import { silence } from './deadlines.ts'
import { loopTime } from './loop-clock.ts'

/** How often the prober asks a suspect dependency, in milliseconds. */
const probeEvery = 1000

/** How long the prober waits for an answer before it may ask again, in milliseconds: a lost probe must not hold up the next. */
const probeLost = 10_000

/** Asks a dependency whether it is there. */
export interface Prober {
  /** Is there a probe without an answer? */
  readonly isAsking: boolean
  /** Asks now, and gives what is wrong; null where the dependency answers. Never rejects. Callers at one time share one question. */
  ask(): Promise<Error | null>
  /** Counts the silence of a probe, and asks a suspect dependency where it is time. To be called at every tick of the loop clock. */
  look(isSuspect: boolean): void
}

interface Probe {
  readonly since: number
  /** How many silences of it have been counted. */
  silences: number
  readonly answer: Promise<Error | null>
}

/**
 * Asks by `probe`. Tells `breaker` of every answer, and of one failure for each `patience` milliseconds of `loopTime` without an
 * answer.
 */
export function createProber(
  probe: () => Promise<unknown>,
  patience: number,
  breaker: Breaker,
): Prober {
  let open: Probe | null = null
  let askedAt = -Infinity

  return {
    get isAsking() {
      return open !== null
    },
    ask: () => (open ?? begin()).answer,

    look(isSuspect) {
      if (open) countSilence(open)
      if (isSuspect && !open && performance.now() - askedAt >= probeEvery) begin()
    },
  }

  function begin(): Probe {
    askedAt = performance.now()
    const answer = asked().then(
      () => {
        if (open === begun) open = null
        breaker.probeAnswered()
        return null
      },
      (error: Error) => {
        if (open === begun) open = null
        breaker.probeFailed(error)
        return error
      },
    )
    const begun: Probe = { since: loopTime(), silences: 0, answer }
    open = begun
    return begun
  }

  /** Rejects also where `probe` throws before it gives a promise. */
  async function asked(): Promise<unknown> {
    return probe()
  }

  function countSilence(begun: Probe): void {
    const silent = loopTime() - begun.since
    if (silent >= patience * (begun.silences + 1)) {
      begun.silences++
      breaker.probeFailed(silence(silent))
    }
    if (silent >= probeLost) open = null
  }
}
