import { availableParallelism } from 'node:os'
import type { Gate } from '../waiting/gate.ts'
import type { ToPrimary } from './messages.ts'

/** How many turns the workers of one machine share. */
export const turnsOfMachine = Math.max(2, availableParallelism())

/** How long a worker waits for its turn before it goes on without, in milliseconds. */
const patience = 3000

/** How long a worker may keep a turn, in milliseconds. One that was stopped by a signal would keep it for ever. */
const mostKept = 5000

/** The turns of one worker, which the primary gives. */
export interface TurnsOfOne {
  readonly inTurn: Gate
  /** The primary gives the turn that was asked for by `id`. */
  give(id: number): void
  /** The primary is gone: from then on work is done at once. */
  end(): void
}

/** The turns of a worker that says to the primary what `send` sends. */
export function createTurnsOfOne(send: (message: ToPrimary) => void): TurnsOfOne {
  const waiting = new Map<number, () => void>()
  let asked = 0
  let isOver = false

  return {
    async inTurn(work) {
      if (isOver) return work()
      const id = asked++
      await untilGiven(id)
      try {
        return await work()
      } finally {
        send({ kind: 'end-turn', id })
      }
    },
    give: (id) => waiting.get(id)?.(),
    end() {
      isOver = true
      for (const go of waiting.values()) go()
    },
  }

  function untilGiven(id: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer)
        waiting.delete(id)
        resolve()
      }
      const timer = setTimeout(go, patience)
      waiting.set(id, go)
      send({ kind: 'take-turn', id })
    })
  }
}

/** The turns of all workers, which the primary keeps. A worker is named by any number of its own. */
export interface TurnsOfAll {
  take(worker: number, id: number, give: () => void): void
  end(worker: number, id: number): void
  /** The worker has ended, and with it its turns. */
  forget(worker: number): void
}

interface Turn {
  readonly worker: number
  readonly id: number
  give(): void
  expiry?: NodeJS.Timeout
}

/** As many turns as `count`, in the order in which they are asked for. */
export function createTurnsOfAll(count: number, keptFor = mostKept): TurnsOfAll {
  const waiting: Turn[] = []
  const given = new Set<Turn>()

  return {
    take(worker, id, give) {
      waiting.push({ worker, id, give })
      serve()
    },
    end(worker, id) {
      drop((turn) => turn.worker === worker && turn.id === id)
    },
    forget(worker) {
      drop((turn) => turn.worker === worker)
    },
  }

  function drop(isMeant: (turn: Turn) => boolean): void {
    for (const turn of [...given].filter(isMeant)) release(turn)
    for (const turn of waiting.filter(isMeant)) waiting.splice(waiting.indexOf(turn), 1)
    serve()
  }

  function release(turn: Turn): void {
    clearTimeout(turn.expiry)
    given.delete(turn)
  }

  function serve(): void {
    while (given.size < count) {
      const turn = waiting.shift()
      if (turn === undefined) return
      given.add(turn)
      turn.expiry = setTimeout(() => {
        release(turn)
        serve()
      }, keptFor).unref()
      turn.give()
    }
  }
}
