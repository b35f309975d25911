import type { MessagePort } from 'node:worker_threads'
import type BetterSqlite3 from 'better-sqlite3'

/** The outcome of a statement on the thread: how many rows it changed, and what `RETURNING` gives of them. */
export interface ThreadResult {
  readonly count: number
  readonly rows: readonly object[]
}

/** What the thread is asked to run. */
export interface Asked {
  /** No other statement of this process has it. */
  readonly number: number
  readonly sql: string
  readonly values: readonly unknown[]
}

/** What the thread says of a statement: first its result or its failure, and then, by the number alone, that it is done with it. */
export type Said =
  | { readonly number: number }
  | { readonly number: number; readonly result: ThreadResult }
  | {
      readonly number: number
      readonly failure: { readonly message: string; readonly code: string }
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
 * The program of the thread. The thread starts from the text of this function, so that it needs no file beside the bundled
 * program, or beside that of a host which bundles this package. So the function can use its parts and Node's globals, and nothing
 * else of this file. No function in it has a name, because a bundler that keeps names, as esbuild may, would call its own `__name`
 * for it. A tool that writes calls into every function, as one that counts coverage, has to leave this file out.
 *
 * A checkpoint keeps no writer waiting: it comes after the answer, and only the thread's next statement waits for it. The thread
 * tries one that failed again after as many rows. It does not report the failure, because no statement has failed.
 */
export function runSqliteThread({ Driver, path, port, rowsInLog }: ThreadParts): void {
  let db: BetterSqlite3.Database | null = null
  const prepared = new Map<string, BetterSqlite3.Statement>()
  let rowsSince = 0

  port.on('message', ({ number, sql, values }: Asked) => {
    try {
      if (db === null) {
        const opened = new Driver(path, { timeout: 0 })
        for (const pragma of [
          'synchronous = NORMAL',
          'foreign_keys = ON',
          'wal_autocheckpoint = 0',
        ])
          opened.pragma(pragma)
        db = opened
      }
      const ready = prepared.get(sql) ?? db.prepare(sql)
      prepared.set(sql, ready)
      const rows = ready.reader ? (ready.all(values) as object[]) : []
      const count = ready.reader ? rows.length : ready.run(values).changes
      rowsSince += count
      port.postMessage({ number, result: { count, rows } } satisfies Said)
    } catch (error) {
      const { message, code } = error as { message: string; code: string }
      port.postMessage({ number, failure: { message, code } } satisfies Said)
    }
    if (rowsSince >= rowsInLog) {
      rowsSince = 0
      try {
        db?.pragma('wal_checkpoint(PASSIVE)')
      } catch {
        // A request whose write has to bring the log into the file meets the same failure, and reports it.
      }
    }
    port.postMessage({ number } satisfies Said)
  })
}
