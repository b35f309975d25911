import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseUnusable } from './errors.ts'

/** One step of the schema, as a file of SQL. */
export interface Migration {
  readonly name: string
  readonly sql: string
  /** SHA-256 of the file in hex, as Prisma writes it down. */
  readonly checksum: string
}

/** What Prisma's own table says of a migration that a database has. */
export interface AppliedMigration {
  readonly name: string
  readonly checksum: string
}

/** Asks which migrations a database has, by Prisma's own table, so that an operator can use `prisma migrate` too. */
export const appliedMigrations = `SELECT migration_name AS name, checksum FROM _prisma_migrations
  WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`

/**
 * The migrations for `provider`, in order, that are not among `applied`. Throws `DatabaseUnusable` where one was edited
 * after it was applied.
 */
export function pendingMigrations(
  provider: 'sqlite' | 'postgresql',
  applied: readonly AppliedMigration[],
): Migration[] {
  const checksums = new Map(applied.map(({ name, checksum }) => [name, checksum]))
  const migrations = readMigrations(provider)
  for (const { name, checksum } of migrations) {
    if ((checksums.get(name) ?? checksum) === checksum) continue
    throw new DatabaseUnusable(
      `The migration ${name} was changed after this database had applied it.`,
    )
  }
  return migrations.filter(({ name }) => !checksums.has(name))
}

/** The names of the indexes that the migrations for `provider` make, save those of primary keys. */
export function indexNames(provider: 'sqlite' | 'postgresql'): string[] {
  const made = /CREATE (?:UNIQUE )?INDEX (?:IF NOT EXISTS )?"(\w+)"/g
  return readMigrations(provider).flatMap(({ sql }) =>
    Array.from(sql.matchAll(made), ([, name = '']) => name),
  )
}

/** The folder stands beside src/ and beside dist/, each of which this file is in. */
function readMigrations(provider: string): Migration[] {
  const folder = new URL(`../../prisma/migrations/${provider}/`, import.meta.url)
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(`${name}/migration.sql`, folder), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}
