import type { MessagePort } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'

/** One statement on a connection of a thread, which has prepared it: what `RETURNING` gives, and how many rows it changed. */
export interface ThreadResult {
  readonly count: number
  readonly rows: readonly object[]
}

/** What the thread says: the result of a statement or its error, and then that it has no more work of its own. */
export type Said =
  'free' | ThreadResult | { readonly failure: { readonly message: string; readonly code: string } }

/** What the thread is asked to run. */
export interface Asked {
  readonly sql: string
  readonly values: readonly unknown[]
}

/** What the program of the thread works with. */
export interface ThreadParts {
  readonly Driver: typeof BetterSqlite3
  /** The SQLite file. */
  readonly path: string
  readonly port: MessagePort
  /** After so many changed rows the thread brings the log of writes into the file, before a request has to. */
  readonly rowsInLog: number
}

/**
 * The program of the thread, which is started from the text of this function: so it needs no file beside the bundled program,
 * or beside that of a host which bundles this package. It can use its parts and Node's globals, and nothing else of this file.
 * A checkpoint stops no writer: it comes after the answer, and only its own next statement waits for it.
 */
export function runSqliteThread({ Driver, path, port, rowsInLog }: ThreadParts): void {
  const db = new Driver(path, { timeout: 0 })
  for (const pragma of ['synchronous = NORMAL', 'foreign_keys = ON', 'wal_autocheckpoint = 0'])
    db.pragma(pragma)
  const prepared = new Map<string, BetterSqlite3.Statement>()
  let rowsSince = 0

  port.on('message', (asked: Asked) => {
    try {
      const result = run(asked)
      rowsSince += result.count
      say(result)
      if (rowsSince >= rowsInLog) {
        rowsSince = 0
        db.pragma('wal_checkpoint(PASSIVE)')
      }
    } catch (error) {
      const { message, code } = error as { message: string; code: string }
      say({ failure: { message, code } })
    }
    say('free')
  })

  function run({ sql, values }: Asked): ThreadResult {
    const ready = prepared.get(sql) ?? db.prepare(sql)
    prepared.set(sql, ready)
    const rows = ready.reader ? (ready.all(values) as object[]) : []
    return { count: ready.reader ? rows.length : ready.run(values).changes, rows }
  }

  function say(said: Said): void {
    port.postMessage(said)
  }
}
