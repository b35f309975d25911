/** A worker hangs that was silent at more looks in a row than these. */
const mostSilent = 6

/** A look that comes so late says nothing of workers, in beats: the primary or the machine stood still itself. */
const mostLate = 0.2

/** What the primary has heard of its workers. */
export interface Heartbeats<Worker> {
  /** The worker serves: from now on it must say something now and then. */
  expect(worker: Worker): void
  /** It has said something. */
  hear(worker: Worker): void
  /** It has ended, or takes its leave: nothing is expected of it any more. */
  forget(worker: Worker): void
  /**
   * Looks whether all have said something. Gives a worker that hangs, and no other one before that one is forgotten; null
   * where none does. `now` is in milliseconds of a clock that is never set back.
   */
  look(now: number): Worker | null
}

/**
 * Heartbeats that come every `beat` milliseconds, and are looked for as often. What is counted are looks, and not time: those
 * of a primary that was stopped, or of a machine that was suspended, are late, and the count begins anew behind them.
 */
export function createHeartbeats<Worker>(beat: number): Heartbeats<Worker> {
  const silences = new Map<Worker, number>()
  let hung: Worker | null = null
  let lookedAt = -Infinity

  return {
    expect: (worker) => void silences.set(worker, 0),
    hear(worker) {
      if (silences.has(worker)) silences.set(worker, 0)
    },
    forget(worker) {
      silences.delete(worker)
      if (hung === worker) hung = null
    },
    look(now) {
      const isLate = now - lookedAt > (1 + mostLate) * beat
      lookedAt = now
      for (const [worker, silent] of silences) silences.set(worker, isLate ? 0 : silent + 1)
      if (hung !== null) return null
      for (const [worker, silent] of silences) if (silent > mostSilent) hung = worker
      return hung
    },
  }
}
