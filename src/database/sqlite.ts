import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import BetterSqlite3 from 'better-sqlite3'
import { PrismaClient } from '../generated/prisma/client.ts'
import type { DatabaseKind } from './database.ts'
import { appliedMigrations, pendingMigrations } from './migrations.ts'
import type { AppliedMigration, Migration } from './migrations.ts'

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

/** SQLite in one file, made where it is missing: `file:` and a path from the working directory. */
export const sqlite: DatabaseKind = {
  migratesAtStart: true,
  // One, in truth: but it works within this process, whose own work is no silence.
  places: Infinity,

  async open(url, { onStatement }) {
    // Milliseconds compare as numbers; text would compare by its format.
    const adapter = new PrismaBetterSqlite3(
      {
        url: `file:${pathOf(url)}`,
        timeout: 5000,
        ...(onStatement && { verbose: (sql: unknown) => onStatement(String(sql)) }),
      },
      { timestampFormat: 'unixepoch-ms' },
    )
    const db = new PrismaClient({ adapter })
    // WAL, so that readers and the writer do not wait for each other.
    await db.$queryRawUnsafe('PRAGMA journal_mode = WAL')
    await db.$queryRawUnsafe('PRAGMA synchronous = NORMAL')
    await db.$queryRawUnsafe('PRAGMA foreign_keys = ON')
    return db
  },

  async migrate(url) {
    return withFile(url, (db) => {
      const apply = db.transaction(() => {
        db.exec(bookkeeping)
        const pending = pendingIn(db)
        for (const migration of pending) {
          db.exec(migration.sql)
          record(db, migration)
        }
        return pending.map(({ name }) => name)
      })
      return apply.immediate()
    })
  },

  async pending(url) {
    if (!existsSync(url.slice('file:'.length))) {
      return pendingMigrations('sqlite', []).map(({ name }) => name)
    }
    return withFile(url, (db) => {
      const table = `SELECT name FROM sqlite_master WHERE name = '_prisma_migrations'`
      const isNew = db.prepare(table).get() === undefined
      return (isNew ? pendingMigrations('sqlite', []) : pendingIn(db)).map(({ name }) => name)
    })
  },
}

function pathOf(url: string): string {
  const path = url.slice('file:'.length)
  // For their owner alone: there is everything in it. SQLite gives what it makes beside a file the rights of that file.
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  closeSync(openSync(path, 'a', 0o600))
  return path
}

function withFile<Result>(url: string, work: (db: BetterSqlite3.Database) => Result): Result {
  const db = new BetterSqlite3(pathOf(url), { timeout: 30_000 })
  try {
    return work(db)
  } finally {
    db.close()
  }
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
