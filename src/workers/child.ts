import cluster from 'node:cluster'
import type { ToPrimary, ToWorker } from './messages.ts'
import type { Fellow } from './relay.ts'

/** How a worker ended. */
export interface WorkerEnd {
  readonly code: number | null
  readonly signal: string | null
  /** Why the system gave no process, where it never was one. */
  readonly err?: Error
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
  /** Called when the worker hears. Gives what it is told first. */
  readonly begin: () => Extract<ToWorker, { kind: 'start' }>
  /** Called with what the worker says. */
  readonly hear: (message: ToPrimary) => void
  readonly whenEnded: (end: WorkerEnd) => void
  /** How long it may take to stop, in milliseconds. */
  readonly patience: number
}

/**
 * Starts a worker. Where the system has no process left, or no memory or files for one, the worker has ended before it began:
 * `whenEnded` says why, later than this returns.
 */
export function forkWorker({ begin, hear, whenEnded, patience }: ChildOptions): Child {
  const forked = fork()
  if (forked instanceof Error) return unborn(forked, whenEnded)
  const worker = forked
  let isStopping = false
  worker.on('message', (message: ToPrimary) => {
    if (message.kind !== 'here') return hear(message)
    send(begin())
    if (isStopping) send({ kind: 'stop' })
  })
  worker.once('exit', (code: number | null, signal: string | null) => whenEnded({ code, signal }))
  // Of a channel that breaks the end of the worker follows, and counts. Where there is no process, no end does.
  worker.on('error', (err: Error) => {
    if (worker.process.pid === undefined) whenEnded({ code: null, signal: null, err })
  })
  return {
    id: worker.id,
    pid: worker.process.pid,
    send,
    killLater,
    kill,
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
    const timer = setTimeout(kill, patience)
    worker.once('exit', () => clearTimeout(timer))
  }

  /** Without a process, Node would send the signal to all of the group that this one is in. */
  function kill(): void {
    if (worker.process.pid !== undefined) worker.process.kill('SIGKILL')
  }
}

/** A process, or why there is none; some reasons are told by an event instead. */
function fork() {
  try {
    return cluster.fork()
  } catch (error) {
    return error as Error
  }
}

let unbornCount = 0

/** A worker that has ended before it began. */
function unborn(err: Error, whenEnded: (end: WorkerEnd) => void): Child {
  setImmediate(() => whenEnded({ code: null, signal: null, err }))
  const nothing = () => {}
  const [id, pid] = [--unbornCount, undefined]
  return { id, pid, send: () => true, stop: nothing, killLater: nothing, kill: nothing }
}
