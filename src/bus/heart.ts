import { createDeadlines, silence } from '../waiting/deadlines.ts'
import { writeMessage } from './message.ts'
import type { Line } from './wire.ts'

/** How long a heartbeat may be on its way, in milliseconds of `loopTime`. */
const patience = 3_000

/** The line took a heartbeat, and this process did not hear it in time. */
export class Unheard extends Error {
  constructor() {
    super(`A message did not arrive within ${patience / 1000} s.`)
    this.name = 'Unheard'
  }
}

/** The heartbeats that a process sends, to hear them itself. */
export interface Heart {
  /**
   * Sends one by `send`, and resolves with the milliseconds that it was on its way. Rejects with `Unheard` where it does not
   * come, with what `send` rejects with, and where `send` itself takes too long.
   */
  beat(send: Line['send']): Promise<number>
  /** Takes the heartbeat of this number as heard. Does nothing for one that is late, or was never sent. */
  hear(beat: number): void
}

/** The heart of the process that is called `from`. */
export function createHeart(from: string): Heart {
  const startDeadline = createDeadlines(patience)
  /** What to call when a heartbeat is heard, by its number. Several may be under way: a trial of another line sends its own. */
  const waiting = new Map<number, () => void>()
  let newest = 0

  return {
    beat(send) {
      return new Promise((resolve, reject) => {
        const since = performance.now()
        const beat = ++newest
        let isSent = false
        const over = () => {
          clear()
          waiting.delete(beat)
        }
        const clear = startDeadline(() => {
          waiting.delete(beat)
          reject(isSent ? new Unheard() : silence(patience))
        })
        waiting.set(beat, () => {
          over()
          resolve(performance.now() - since)
        })
        send([writeMessage({ kind: 'beat', from, beat })]).then(
          () => (isSent = true),
          (error: unknown) => {
            over()
            reject(error)
          },
        )
      })
    },

    hear(beat) {
      waiting.get(beat)?.()
    },
  }
}
