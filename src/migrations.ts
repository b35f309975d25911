import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'

/** Prisma's own table, so that `prisma migrate` remains usable on the same database. */
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

interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/**
 * Applies the migrations that the SQLite database at `path` does not have yet, all of them or none, and names them.
 * Processes that start together take turns. Throws a sentence where a migration was edited after it was applied.
 */
export function applyMigrations(path: string): string[] {
  const db = new BetterSqlite3(path, { timeout: 30_000 })
  try {
    const apply = db.transaction(() => {
      db.exec(bookkeeping)
      const applied = new Map(
        db
          .prepare<[], { name: string; checksum: string }>(
            `SELECT migration_name AS name, checksum FROM _prisma_migrations
             WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`,
          )
          .all()
          .map(({ name, checksum }) => [name, checksum]),
      )
      const migrations = readMigrations()
      for (const { name, checksum } of migrations) {
        if ((applied.get(name) ?? checksum) === checksum) continue
        throw new Error(`The migration ${name} was changed after this database had applied it.`)
      }
      const pending = migrations.filter(({ name }) => !applied.has(name))
      for (const migration of pending) {
        db.exec(migration.sql)
        record(db, migration)
      }
      return pending.map(({ name }) => name)
    })
    return apply.immediate()
  } finally {
    db.close()
  }
}

function record(db: BetterSqlite3.Database, { name, checksum }: Migration): void {
  db.prepare(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES (?, ?, ?, ?, ?, 1)`,
  ).run(randomUUID(), checksum, name, Date.now(), Date.now())
}

/** Beside src/ and dist/ alike. */
function readMigrations(): Migration[] {
  const folder = new URL('../prisma/migrations/sqlite/', import.meta.url)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}
