import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'

/** One statement on a connection of a thread, which has prepared it: what `RETURNING` gives, and how many rows it changed. */
export interface ThreadResult {
  readonly count: number
  readonly rows: readonly object[]
}

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

/**
 * What the thread runs. It is a text, so that it needs no file beside the bundled program. A checkpoint stops no writer: it
 * comes after the answer, and only its own next statement waits for it.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const Database = require(workerData.driver)
const db = new Database(workerData.path, { timeout: 0 })
for (const pragma of ['synchronous = NORMAL', 'foreign_keys = ON', 'wal_autocheckpoint = 0']) db.pragma(pragma)
const prepared = new Map()
let rowsSince = 0
parentPort.on('message', ({ sql, values }) => {
  try {
    if (!prepared.has(sql)) prepared.set(sql, db.prepare(sql))
    const ready = prepared.get(sql)
    const rows = ready.reader ? ready.all(values) : []
    const count = ready.reader ? rows.length : ready.run(values).changes
    rowsSince += count
    parentPort.postMessage({ count, rows })
    if (rowsSince >= ${rowsInLog}) {
      rowsSince = 0
      db.pragma('wal_checkpoint(PASSIVE)')
    }
  } catch (error) {
    parentPort.postMessage({ failure: { message: error.message, code: error.code } })
  }
  parentPort.postMessage('free')
})`

/** What the thread says. */
type Said =
  'free' | ThreadResult | { readonly failure: { readonly message: string; readonly code: string } }

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
      thread.worker.postMessage({ sql, values })
    })
  }

  function start(): Running {
    const driver = createRequire(import.meta.url).resolve('better-sqlite3')
    const worker = new Worker(program, {
      eval: true,
      workerData: { driver, path },
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
