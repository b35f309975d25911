import cluster from 'node:cluster'
import type { ToPrimary, ToWorker } from './messages.ts'
import type { Fellow } from './relay.ts'

/** How a worker ended. */
export interface WorkerEnd {
  readonly code: number | null
  readonly signal: string | null
}

/** A worker, as the primary has it. */
export interface Child extends Fellow {
  readonly pid: number | undefined
  /** Has it finish what is under way and end. It is killed where that takes too long. */
  stop(): void
  /** Kills it where it has not ended in time by itself. */
  killLater(): void
  kill(): void
}

/** What the primary does about a worker. */
export interface ChildOptions {
  /** What the worker is told first. */
  readonly begin: () => Extract<ToWorker, { kind: 'start' }>
  /** Called with what the worker says. */
  readonly hear: (message: ToPrimary) => void
  readonly whenEnded: (end: WorkerEnd) => void
  /** How long it may take to stop, in milliseconds. */
  readonly patience: number
}

/** Starts a worker. */
export function forkWorker({ begin, hear, whenEnded, patience }: ChildOptions): Child {
  const worker = cluster.fork()
  let isStopping = false
  worker.on('message', (message: ToPrimary) => {
    if (message.kind !== 'here') return hear(message)
    send(begin())
    if (isStopping) send({ kind: 'stop' })
  })
  worker.once('exit', (code: number | null, signal: string | null) => whenEnded({ code, signal }))
  worker.on('error', () => {}) // of a channel that breaks: the end of the worker follows, and counts
  return {
    id: worker.id,
    pid: worker.process.pid,
    send,
    killLater,
    kill: () => void worker.process.kill('SIGKILL'),
    stop() {
      isStopping = true
      send({ kind: 'stop' })
      killLater()
    },
  }

  function send(message: ToWorker, whenTaken = () => {}): boolean {
    if (!worker.isConnected()) return true
    return worker.send(message, undefined, undefined, whenTaken)
  }

  function killLater(): void {
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), patience)
    worker.once('exit', () => clearTimeout(timer))
  }
}
