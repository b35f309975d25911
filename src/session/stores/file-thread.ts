import { Worker } from 'node:worker_threads'
import { createDeadlines } from '../../waiting/deadlines.ts'
import { tick } from '../../waiting/loop-clock.ts'
import { contentOf, pointer } from './file-session.ts'
import { runFileThread } from './file-thread-program.ts'
import type { Said, Seen } from './file-thread-program.ts'

/** A thread that reads sessions by synchronous calls, many for each message. It does not keep the process alive. */
export interface FileThread {
  /**
   * May a caller ask it? False until it has started, while an answer is late, for a second after it found the disk slow, and
   * once it has ended.
   */
  readonly isReady: boolean
  /** Does it owe an answer? */
  readonly isBusy: boolean
  /**
   * What is in force in `directory`. Null where the thread found no whole and short session at its first look, and where it
   * is slow, late or ended: then the caller asks the thread pool. Never rejects.
   */
  see(directory: string): Promise<Seen | null>
  /** Ends it, without waiting for a call that hangs. */
  end(): void
}

/** How many loads go with one message, so that the thread never holds many long sessions at once. */
const most = 32

/** The pool reads sessions of this size or more, in bytes. */
const tooLong = 65_536

/**
 * A slow read takes longer than this, in milliseconds. A session in the system's memory takes a tenth of it. In more time the
 * pool would read four.
 */
const slow = 0.1

/** How long a slow disk is left to the pool, in milliseconds. */
const pause = 1000

/** The clock moves in steps, so an idle process learns after one or two of them that an answer is late. */
const startDeadline = createDeadlines(2 * tick)

/** What the thread runs. */
const program = `(${runFileThread})({
  fs: require('node:fs'),
  port: require('node:worker_threads').parentPort,
  pointer: ${pointer},
  ending: '${contentOf('')}',
  tooLong: ${tooLong},
  slow: ${slow},
})`

/** A load that waits for the thread. */
interface Load {
  readonly directory: string
  readonly resolve: (seen: Seen | null) => void
}

/** The loads of one message; none once the thread gave them up. */
interface Batch {
  loads: readonly Load[]
  readonly clearDeadline: () => void
}

/** Starts a thread. Where the system allows none, it is never ready. */
export function startFileThread(): FileThread {
  const worker = startWorker()
  let isOnline = false
  let isPausing = false
  let gathered: Load[] = []
  /** Batches without an answer, oldest first. */
  const posted: Batch[] = []
  worker?.once('online', () => (isOnline = true))
  worker?.on('message', answer)
  worker?.on('error', () => {}) // its exit follows
  worker?.once('exit', () => {
    isOnline = false
    for (const batch of posted.splice(0)) giveUp(batch)
  })
  worker?.unref()

  return {
    get isReady() {
      // A batch that was given up has no loads, and counts as late until its answer comes.
      return isOnline && !isPausing && posted[0]?.loads.length !== 0
    },
    get isBusy() {
      return posted.length > 0
    },
    see: (directory) =>
      new Promise((resolve) => {
        if (gathered.push({ directory, resolve }) === 1) setImmediate(postGathered)
      }),
    end() {
      void worker?.terminate()
      worker?.unref()
    },
  }

  /** Posts the loads of one turn of the event loop. */
  function postGathered(): void {
    const loads = gathered
    gathered = []
    for (let at = 0; at < loads.length; at += most) post(loads.slice(at, at + most))
  }

  function post(loads: readonly Load[]): void {
    const batch: Batch = { loads, clearDeadline: startDeadline(() => giveUp(batch)) }
    if (!isOnline) return giveUp(batch)
    if (posted.push(batch) === 1) worker?.ref() // callers wait
    worker?.postMessage(loads.map(({ directory }) => directory))
  }

  function answer({ seen, isSlow }: Said): void {
    if (isSlow && !isPausing) {
      isPausing = true
      setTimeout(() => (isPausing = false), pause).unref()
    }
    const batch = posted.shift()
    if (posted.length === 0) worker?.unref()
    batch?.clearDeadline()
    for (const [at, load] of batch?.loads.entries() ?? []) load.resolve(seen[at] ?? null)
  }

  /** Lets the callers turn to the pool, which keeps the process alive for them. */
  function giveUp(batch: Batch): void {
    const { loads } = batch
    batch.loads = []
    batch.clearDeadline()
    if (posted.every((other) => other.loads.length === 0)) worker?.unref()
    for (const { resolve } of loads) resolve(null)
  }
}

/** Null where the system allows no thread. */
function startWorker(): Worker | null {
  try {
    return new Worker(program, {
      eval: true,
      // Without the flags of the process, and without modules that its environment preloads.
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
    })
  } catch {
    return null
  }
}
