import type { ToPrimary } from './messages.ts'

/** A worker hangs that was silent at more looks in a row than these. */
const mostSilent = 6

/** The same of one that has not said anything yet, because its program is still being loaded. */
const mostUnheard = 12

/** A look that comes so late says nothing of workers, in beats: the primary or the machine stood still itself. */
const mostLate = 0.2

/** What the primary has heard of its workers. */
export interface Heartbeats<Worker> {
  /** The worker starts: from now on it must say something now and then. */
  expect(worker: Worker): void
  /** It has said something. After `busy` nothing is expected of it until it says `free`. */
  hear(worker: Worker, kind: ToPrimary['kind']): void
  /** It has ended, or takes its leave: nothing is expected of it any more. */
  forget(worker: Worker): void
  /**
   * Looks whether all have said something. Gives a worker that hangs, and no other one before that one is forgotten; null
   * where none does. `now` is in milliseconds of a clock that is never set back.
   */
  look(now: number): Worker | null
}

/** At how many looks in a row a worker was silent, and at how many it may be. */
interface Silence {
  looks: number
  most: number
}

/**
 * Heartbeats that come every `beat` milliseconds, and are looked for as often. What is counted are looks, and not time: those
 * of a primary that was stopped, or of a machine that was suspended, are late, and the count begins anew behind them.
 */
export function createHeartbeats<Worker>(beat: number): Heartbeats<Worker> {
  const silences = new Map<Worker, Silence>()
  let hung: Worker | null = null
  let lookedAt = -Infinity

  return {
    expect: (worker) => void silences.set(worker, { looks: 0, most: mostUnheard }),
    hear(worker, kind) {
      const silence = silences.get(worker)
      if (silence === undefined) return
      silence.looks = 0
      if (kind === 'busy') silence.most = Infinity
      else if (kind === 'free' || silence.most !== Infinity) silence.most = mostSilent
    },
    forget(worker) {
      silences.delete(worker)
      if (hung === worker) hung = null
    },
    look(now) {
      const isLate = now - lookedAt > (1 + mostLate) * beat
      lookedAt = now
      for (const silence of silences.values()) silence.looks = isLate ? 0 : silence.looks + 1
      if (hung !== null) return null
      for (const [worker, { looks, most }] of silences) if (looks > most) hung = worker
      return hung
    },
  }
}
