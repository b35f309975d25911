import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { createTurnstile, fileClosed } from './sqlite-locks.ts'
import type { RunAside } from './sqlite-statements.ts'
import { runSqliteThread } from './sqlite-thread-program.ts'
import type { Asked, Said, ThreadResult } from './sqlite-thread-program.ts'

/** A connection to a SQLite file on a thread of its own, which is there while it is used. */
export interface SqliteThread {
  /**
   * Runs one statement, after those that were asked for before. Rejects with the driver's error, and with another where the thread
   * does not start or ends. Rejects with `DatabaseUnavailable`, and begins nothing, once it is closed.
   */
  readonly run: RunAside
  /** Waits for the statement that is under way, and ends the thread. */
  close(): Promise<void>
}

/** Has the thread open the file. It only reads, so that it keeps no writer out. */
const firstLook = 'SELECT name FROM sqlite_schema LIMIT 1'

/** How long this process keeps a thread that it does not use, in milliseconds. */
const idleTime = 10_000

/** After so many changed rows the thread brings the log of writes into the file, before a request has to. */
const rowsInLog = 200

/** The text of the thread's program. */
const program = `
const { parentPort: port, workerData } = require('node:worker_threads')
const { driver, path, rowsInLog } = workerData
;(${runSqliteThread})({ Driver: require(driver), path, port, rowsInLog })`

/** A statement that the thread has not done with. */
interface Begun {
  readonly resolve: (result: ThreadResult) => void
  readonly reject: (error: Error) => void
  /** The thread has done with it, or has ended. */
  readonly leave: () => void
}

/** A thread, and what it was asked for, by number. */
interface Running {
  readonly worker: Worker
  readonly begun: Map<number, Begun>
}

/**
 * The thread for the file at `path`. It starts with its first statement, and again after it was idle for a while or has died.
 * `inTurn` keeps this process's other writers out, and does its work again where another program had the lock. Those writers wait
 * neither for the start of the thread nor for what it does between two statements.
 */
export function createSqliteThread(
  path: string,
  inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>,
): SqliteThread {
  const line = createTurnstile()
  let running: Running | null = null
  let idle: NodeJS.Timeout | undefined
  let newest = 0
  let isClosed = false
  /** Resolves when the thread has done with what it was asked for so far. */
  let free: Promise<void> = Promise.resolve()

  return {
    async run(sql, values) {
      const leave = await line.take()
      try {
        // Before its turn, which other writers wait for. Where this fails, the statement fails too and says why.
        if (running === null) await ask(firstLook, []).catch(() => undefined)
        await free
        return await inTurn(() => ask(sql, values))
      } finally {
        leave()
      }
    },

    async close() {
      isClosed = true
      await free
      await end()
    },
  }

  async function ask(sql: string, values: readonly unknown[]): Promise<ThreadResult> {
    if (isClosed) throw fileClosed()
    clearTimeout(idle)
    const { worker, begun } = (running ??= start())
    const number = ++newest
    worker.postMessage({ number, sql, values } satisfies Asked)
    worker.ref() // the process stays alive for a caller that waits
    return new Promise((resolve, reject) => {
      free = new Promise((leave) => begun.set(number, { resolve, reject, leave }))
    })
  }

  function start(): Running {
    const driver = createRequire(import.meta.url).resolve('better-sqlite3')
    const worker = new Worker(program, {
      eval: true,
      workerData: { driver, path, rowsInLog },
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 },
    })
    const thread: Running = { worker, begun: new Map() }
    const fail = (error: Error) => {
      if (running === thread) running = null
      for (const { reject, leave } of thread.begun.values()) {
        reject(error)
        leave()
      }
      thread.begun.clear()
    }
    worker.on('message', (said: Said) => hear(thread, said))
    worker.once('error', fail)
    worker.once('exit', () => fail(new Error('The thread for SQLite has ended.')))
    return thread
  }

  function hear({ worker, begun }: Running, said: Said): void {
    const statement = begun.get(said.number)
    if (statement === undefined) return
    if ('result' in said) return statement.resolve(said.result)
    if ('failure' in said) return statement.reject(Object.assign(new Error(), said.failure))
    begun.delete(said.number)
    statement.leave()
    if (begun.size > 0) return
    worker.unref()
    idle = setTimeout(() => void end(), idleTime).unref()
  }

  async function end(): Promise<void> {
    clearTimeout(idle)
    const worker = running?.worker
    running = null // a statement that comes now starts another thread, and is not lost with this one
    worker?.ref() // nothing else may keep the process alive until the thread has ended
    await worker?.terminate()
  }
}
