import cluster from 'node:cluster'
import { createPromise } from '../waiting/open-promise.ts'
import { createConversations } from './conversations.ts'
import type { Origins, ToPrimary, ToWorker } from './messages.ts'
import { createTurnsOfOne, turnsOfMachine } from './turns.ts'
import type { Team } from './team.ts'

/** Why a worker stops: all do, this one alone was asked to, or the primary is gone. */
export type WorkerStop = 'all stop' | 'asked alone' | 'the primary is gone'

/** This process as a worker of a primary. */
export interface Membership {
  readonly team: Team
  readonly origins: Origins
  /** Resolves when this worker shall stop. */
  readonly stopped: Promise<WorkerStop>
  /** Tells the primary that this worker serves. */
  serving(url: string): void
  /** Has the primary start another worker in place of this one, which stops: at once, or where it `hasFailed` as after a death. */
  leave(hasFailed: boolean): void
}

/** Takes the place that the primary gives this process. Null where no primary has started it. */
export async function joinTeam(): Promise<Membership | null> {
  const { worker } = cluster
  if (worker === undefined || !process.connected) return null
  let leavesAlone = false
  const { promise: stopped, resolve: stop } = createPromise<WorkerStop>()
  const send = (message: ToPrimary, whenTaken = () => {}) => {
    // Without a callback, a channel that has just closed would be an error that no code catches.
    if (process.connected) process.send?.(message, undefined, undefined, whenTaken)
    else whenTaken()
  }
  const conversations = createConversations(send)
  const turns = createTurnsOfOne(send)
  worker.once('disconnect', () => {
    // Node would end this process here and now, with the requests that are under way.
    worker.exitedAfterDisconnect = true
    conversations.end()
    turns.end()
    stop('the primary is gone')
  })
  const begun = await new Promise<ToWorker & { kind: 'start' }>((resolve) => {
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'start') resolve(message)
      else if (message.kind === 'stop') {
        // Nothing takes this one's place any more, also where it had been asked to leave alone before.
        leavesAlone = false
        stop('all stop')
      } else if (message.kind === 'turn') turns.give(message.id)
      else conversations.take(message)
    })
    send({ kind: 'here' })
  })
  const { size, number, isFirst, origins, beatEvery } = begun
  setInterval(() => send({ kind: 'beat' }), beatEvery).unref()
  return {
    team: {
      size,
      number,
      isFirst,
      get leavesAlone() {
        return leavesAlone
      },
      get isUp() {
        return process.connected
      },
      tell: conversations.tell,
      hear: conversations.hear,
      ask: conversations.ask,
      answer: conversations.answer,
      inTurn: turns.inTurn,
      async whileBusy(work) {
        await new Promise<void>((taken) => send({ kind: 'busy' }, taken))
        try {
          return await work()
        } finally {
          send({ kind: 'free' })
        }
      },
      turns: turnsOfMachine,
      share: (whole) => Math.ceil(whole / size),
    },
    origins,
    stopped,
    serving: (url) => send({ kind: 'serving', url }),
    leave(hasFailed) {
      leavesAlone = true
      send({ kind: 'leaving', hasFailed })
      stop('asked alone')
    },
  }
}
