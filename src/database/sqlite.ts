import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import BetterSqlite3 from 'better-sqlite3'
import type { DatabaseDriver } from './driver.ts'
import { DatabaseUnusable } from './errors.ts'
import { createLazyClient } from './lazy-client.ts'
import { appliedMigrations, pendingMigrations } from './migrations.ts'
import type { AppliedMigration, Migration } from './migrations.ts'
import { createSqliteAdapter } from './sqlite-adapter.ts'
import { openSqliteFile } from './sqlite-file.ts'
import { createEntrance } from './sqlite-locks.ts'
import { createSqliteStatements, createWriteAside } from './sqlite-statements.ts'
import { createSqliteThread } from './sqlite-thread.ts'

const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" TEXT PRIMARY KEY NOT NULL,
  "checksum" TEXT NOT NULL,
  "finished_at" DATETIME,
  "migration_name" TEXT NOT NULL,
  "logs" TEXT,
  "rolled_back_at" DATETIME,
  "started_at" DATETIME NOT NULL DEFAULT current_timestamp,
  "applied_steps_count" INTEGER UNSIGNED NOT NULL DEFAULT 0
)`

/** How long an interactive transaction may wait to begin, and how long it may take, in milliseconds. */
const transactionOptions = { maxWait: 600_000, timeout: 30_000 }

/** How long a migration waits for the lock of another program, in milliseconds: that may be migrating too. */
const migrationPatience = 10_000

/** SQLite in one file, made where it is missing: `file:` and a path from the working directory. */
export const sqlite: DatabaseDriver = {
  async open(url, { onStatement, patience }) {
    const path = prepareFile(url)
    const factory = new PrismaBetterSqlite3(
      {
        url: `file:${path}`,
        timeout: 0, // the driver would stop the event loop while it waits for a lock
        ...(onStatement && { verbose: (sql: unknown) => onStatement(String(sql)) }),
      },
      // So that instants compare as numbers. As text they would compare by their format.
      { timestampFormat: 'unixepoch-ms' },
    )
    const file = await usable(url, () => openSqliteFile(factory, patience))
    const connected = createSqliteAdapter(file)
    const { provider, adapterName } = connected
    const adapter = { provider, adapterName, connect: async () => connected }
    const { client, closing } = createLazyClient(async () => {
      const { PrismaClient } = await import('../generated/prisma/client.ts')
      return new PrismaClient({ adapter, transactionOptions })
    })
    const statements = createSqliteStatements(file.connections)
    const thread = createSqliteThread(path, file.inTurn)
    const writeAside = createWriteAside(thread.run)
    const close = async () => {
      await thread.close()
      await connected.dispose()
    }
    const { othersVersion } = file
    const own = { statements, writeAside, othersVersion, clock: null, analyzeGrown: null }
    return Object.assign(client, { ...own, $disconnect: closing(close) })
  },

  async migrate(url, { lockTime } = {}) {
    return withFile(
      url,
      (db) => {
        const apply = db.transaction(() => {
          db.exec(bookkeeping)
          const pending = pendingIn(db)
          for (const migration of pending) applyOne(db, migration)
          return pending.map(({ name }) => name)
        })
        // It takes the lock only for a migration, so that a lock of another program does not stop a start without one.
        return namesPending(db).length === 0 ? [] : apply.immediate()
      },
      lockTime,
    )
  },

  async pending(url) {
    return existsSync(pathOf(url))
      ? withFile(url, namesPending)
      : pendingMigrations('sqlite', []).map(({ name }) => name)
  },
}

/**
 * The path in `url`. Throws `DatabaseUnusable` for a URL with parameters: SQLite has none, and would take them for a part of the
 * file's name. Throws for a database in memory too: each connection would have one of its own.
 */
function pathOf(url: string): string {
  const [given = '', parameters] = url.slice('file:'.length).split('?', 2)
  const path = given.trim() // as the driver does
  if (path === '' || path === ':memory:')
    throw new DatabaseUnusable(
      'DATABASE_URL: Several connections cannot share a database in memory. Name a file, in a temporary folder for tests.',
    )
  if (parameters === undefined) return path
  const [name] = parameters.split('=')
  throw new DatabaseUnusable(`DATABASE_URL: A SQLite file takes no parameters, such as "${name}".`)
}

/** Makes the file for its owner alone. SQLite gives what it makes beside a file the rights of that file. */
function prepareFile(url: string): string {
  const path = pathOf(url)
  try {
    makeFolder(dirname(path))
    closeSync(openSync(path, 'a', 0o600))
  } catch (cause) {
    throw unusable(path, cause)
  }
  return path
}

/** Makes the folder and those above it. Node's recursive `mkdir` would never return below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!existsSync(folder)) throw error // where it exists now, another process has made it meanwhile
  }
}

async function withFile<Result>(
  url: string,
  work: (db: BetterSqlite3.Database) => Result,
  lockTime = migrationPatience,
): Promise<Result> {
  const path = prepareFile(url)
  return usable(url, () =>
    createEntrance(lockTime)()(() => {
      const db = new BetterSqlite3(path, { timeout: 0 })
      try {
        return work(db)
      } finally {
        db.close()
      }
    }),
  )
}

/** The result of `work`. Throws `DatabaseUnusable` where SQLite cannot do it with this file. */
async function usable<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof DatabaseUnusable ? error : unusable(pathOf(url), error)
  }
}

/** In place of the driver's own message, which lists thirteen paths where its binary is not. */
const withoutBinary =
  'better-sqlite3 has no binary, because npm did not run its install script. Run "npm rebuild better-sqlite3"; where npm asks, "npm install-scripts approve better-sqlite3" first.'

function unusable(path: string, cause: unknown): DatabaseUnusable {
  const { message, cause: mapped } = cause as Error & { cause?: { originalMessage?: string } }
  const reason = message.startsWith('Could not locate the bindings file')
    ? withoutBinary
    : (mapped?.originalMessage ?? message)
  return new DatabaseUnusable(`DATABASE_URL: ${path} cannot be used: ${reason}`, { cause })
}

function namesPending(db: BetterSqlite3.Database): string[] {
  const table = `SELECT name FROM sqlite_master WHERE name = '_prisma_migrations'`
  const isNew = db.prepare(table).get() === undefined
  return (isNew ? pendingMigrations('sqlite', []) : pendingIn(db)).map(({ name }) => name)
}

function applyOne(db: BetterSqlite3.Database, migration: Migration): void {
  try {
    db.exec(migration.sql)
  } catch (cause) {
    const reason = (cause as Error).message
    throw new DatabaseUnusable(`The migration ${migration.name} cannot be applied: ${reason}.`, {
      cause,
    })
  }
  record(db, migration)
}

function pendingIn(db: BetterSqlite3.Database): Migration[] {
  return pendingMigrations('sqlite', db.prepare<[], AppliedMigration>(appliedMigrations).all())
}

function record(db: BetterSqlite3.Database, { name, checksum }: Migration): void {
  db.prepare(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES (?, ?, ?, ?, ?, 1)`,
  ).run(randomUUID(), checksum, name, Date.now(), Date.now())
}
