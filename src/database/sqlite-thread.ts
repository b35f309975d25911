import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { runSqliteThread } from './sqlite-thread-program.ts'
import type { Asked, Said, ThreadResult } from './sqlite-thread-program.ts'

/** A connection to a SQLite file on a thread of its own, which is there while it is used. */
export interface SqliteThread {
  /**
   * Starts the thread where there is none, and resolves when it has no work of its own: a statement that comes then is run at
   * once. Never rejects.
   */
  untilFree(): Promise<void>
  /** Runs one statement. Rejects with the driver's error, and where the thread cannot be had. Call it when the last one is done. */
  run(sql: string, values: readonly unknown[]): Promise<ThreadResult>
  close(): Promise<void>
}

/** Opens the file, and keeps no writer out. */
const firstLook = 'SELECT name FROM sqlite_schema LIMIT 1'

/** How long a thread is kept that is not used, in milliseconds. */
const idleTime = 10_000

/** After so many changed rows the thread brings the log of writes into the file, before a request has to. */
const rowsInLog = 200

/** What the thread runs. */
const program = `
const { parentPort: port, workerData } = require('node:worker_threads')
const { driver, path, rowsInLog } = workerData
;(${runSqliteThread})({ Driver: require(driver), path, port, rowsInLog })`

/** A thread, and who waits for what it says. */
interface Running {
  readonly worker: Worker
  whenSaid: (said: Said) => void
  whenFailed: (error: Error) => void
  isFree: boolean
  whenFree: () => void
}

/** The thread for the file at `path`. It is started when it is first used, and again after it was idle for a while. */
export function createSqliteThread(path: string): SqliteThread {
  let running: Running | null = null
  let idle: NodeJS.Timeout | undefined

  return {
    async untilFree() {
      // Writers must not wait for the start. Where it fails, the next statement says why.
      if (running === null) await run(firstLook, []).catch(() => undefined)
      await untilIdle()
    },
    run,
    close,
  }

  function run(sql: string, values: readonly unknown[]): Promise<ThreadResult> {
    clearTimeout(idle)
    const thread = (running ??= start())
    thread.isFree = false
    thread.worker.ref() // the caller waits
    return new Promise((resolve, reject) => {
      thread.whenSaid = (said) => {
        if (typeof said !== 'string' && 'count' in said) resolve(said)
        else if (typeof said !== 'string') reject(Object.assign(new Error(), said.failure))
      }
      thread.whenFailed = reject
      thread.worker.postMessage({ sql, values } satisfies Asked)
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
    const thread: Running = {
      worker,
      whenSaid: () => {},
      whenFailed: () => {},
      isFree: true,
      whenFree: () => {},
    }
    const end = (error: Error) => {
      if (running === thread) running = null
      thread.whenFailed(error)
      thread.whenFree()
    }
    worker.on('message', (said: Said) => {
      if (said !== 'free') return thread.whenSaid(said)
      thread.isFree = true
      thread.whenFree()
      worker.unref()
      idle = setTimeout(() => void close(), idleTime).unref()
    })
    worker.once('error', end)
    worker.once('exit', () => end(new Error('The thread for SQLite has ended.')))
    return thread
  }

  async function untilIdle(): Promise<void> {
    const thread = running
    if (thread === null || thread.isFree) return
    await new Promise<void>((resolve) => (thread.whenFree = resolve))
  }

  async function close(): Promise<void> {
    await untilIdle()
    clearTimeout(idle)
    running?.worker.ref() // its end alone may keep this process alive
    await running?.worker.terminate()
  }
}
