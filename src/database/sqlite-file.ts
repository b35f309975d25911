import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import BetterSqlite3 from 'better-sqlite3'
import type { Soon } from '../waiting/soon.ts'
import { createEntrance, createTurnstile, inOurWords, isLocked } from './sqlite-locks.ts'
import type { Entrance, Turnstile } from './sqlite-locks.ts'
import type { SqliteConnections } from './sqlite-statements.ts'

/** The settings of both connections. WAL, so that the reader and the writer do not wait for each other. */
const both = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = NORMAL',
  'PRAGMA foreign_keys = ON',
]

/**
 * A SQLite file by two connections, so that a transaction belongs to its caller alone. The writer serves one statement or one
 * transaction at a time; the others wait their turn. The reader serves what callers read outside of transactions: it sees what
 * is committed, and never waits for a writer.
 */
export interface SqliteFile {
  readonly reader: SqlDriverAdapter
  readonly writer: SqlDriverAdapter
  /** Opens a way to the writer past the locks of other programs. */
  readonly openEntrance: () => Entrance
  /** Opens a way to the reader past the locks of other programs. */
  readonly openReading: () => Entrance
  /** Stands before the writer. */
  readonly turnstile: Turnstile
  /** The result of `work`, which has the writer for itself once its turn has come. Rejects as an `Entrance` does. */
  inTurn<Result>(work: () => Result | Promise<Result>): Promise<Result>
  /** See `Database.othersVersion`. */
  readonly othersVersion: () => number
  /** The same connections for prepared statements, which run at a stretch. */
  readonly connections: SqliteConnections
}

/**
 * Opens it. `factory` must open connections that do not wait for locks by themselves. A statement waits for the lock of another
 * program for four fifths of `patience`, which is in milliseconds. Rejects, with both connections closed, where the settings fail.
 */
export async function openSqliteFile(
  factory: SqlDriverAdapterFactory,
  patience = 3000,
): Promise<SqliteFile> {
  // Statements give up sooner than their callers, so that none is done after it has failed for its caller.
  const openEntrance = createEntrance(0.8 * patience)
  const openReading = createEntrance(0.8 * patience)
  const turnstile = createTurnstile()
  const [writer, reader] = [await factory.connect(), await factory.connect()]
  const tell = (connection: SqlDriverAdapter, sql: string) =>
    connection.queryRaw({ sql, args: [], argTypes: [] })
  try {
    for (const sql of both) await openEntrance()(() => tell(writer, sql))
    for (const sql of [...both, 'PRAGMA query_only = ON'])
      await openReading()(() => tell(reader, sql))
  } catch (error) {
    await Promise.all([writer.dispose(), reader.dispose()])
    throw error
  }

  /** Does the work at once where nothing is in the way, or else as `wait` does it. */
  function soon<Result>(
    isFree: boolean,
    work: () => Result,
    wait: () => Promise<Result>,
  ): Soon<Result> {
    if (!isFree) return wait()
    try {
      return work()
    } catch (error) {
      if (!isLocked(error)) throw inOurWords(error)
      return wait()
    }
  }

  async function inTurn<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const enter = openEntrance()
    const leave = await turnstile.take()
    try {
      return await enter(work)
    } finally {
      leave()
    }
  }

  const connections: SqliteConnections = {
    reader: driverOf(reader),
    writer: driverOf(writer),
    read: (work) => soon(true, work, () => openReading()(work)),
    write: (work) => soon(turnstile.isFree, work, () => inTurn(work)),
  }
  // The connection that writes does not count its own commits.
  const dataVersion = connections.writer.prepare<[], number | bigint>('PRAGMA data_version').pluck()
  const othersVersion = () => Number(dataVersion.get())
  return {
    reader,
    writer,
    openEntrance,
    openReading,
    turnstile,
    inTurn,
    othersVersion,
    connections,
  }
}

/** The driver's connection inside Prisma's adapter, whose types do not show it. One of our own would be a third connection. */
function driverOf(adapter: SqlDriverAdapter): BetterSqlite3.Database {
  const { client } = adapter as { readonly client?: unknown }
  if (client instanceof BetterSqlite3) return client
  throw new Error('This release of @prisma/adapter-better-sqlite3 hides its connection.')
}
