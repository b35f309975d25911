import { randomUUID } from 'node:crypto'
import type { Client } from 'pg'
import type { MigrateOptions } from './driver.ts'
import { DatabaseUnusable } from './errors.ts'
import { appliedMigrations, indexNames, pendingMigrations } from './migrations.ts'
import type { AppliedMigration, Migration } from './migrations.ts'
import { connectPostgresql } from './postgresql-client.ts'
import { keepPages } from './postgresql-tables.ts'
import { inTurn } from './postgresql-turn.ts'
import { readPostgresqlUrl } from './postgresql-url.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'

const bookkeeping = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

/** `migrate` of `DatabaseDriver` on PostgreSQL. */
export async function migratePostgresql(
  url: string,
  options: MigrateOptions = {},
): Promise<string[]> {
  const address = readPostgresqlUrl(url)
  return withClient(address, async (client) => {
    const applied: string[] = []
    for (;;) {
      const name = await inTurn(client, address, options, () => applyNext(client))
      if (name === null) break
      applied.push(name)
    }
    while (await inTurn(client, address, options, () => mendNext(client, address, options)));
    await keepPages(client, address.schema)
    return applied
  })
}

/** `pending` of `DatabaseDriver` on PostgreSQL. */
export async function pendingOnPostgresql(url: string): Promise<string[]> {
  const address = readPostgresqlUrl(url)
  return withClient(address, async (client) => {
    await client.query('BEGIN; SET LOCAL statement_timeout = 5000')
    await client.query(`SET LOCAL search_path TO ${client.escapeIdentifier(address.schema)}`)
    const { rows: found } = await client.query(`SELECT to_regclass('_prisma_migrations') AS name`)
    const isNew = found[0]?.name === null
    const { rows } = isNew ? { rows: [] } : await client.query<AppliedMigration>(appliedMigrations)
    await client.query('COMMIT')
    return pendingMigrations('postgresql', rows).map(({ name }) => name)
  })
}

/** Applies the first migration that the database lacks, and names it. Null where it lacks none. */
async function applyNext(client: Client): Promise<string | null> {
  await client.query(bookkeeping)
  const { rows } = await client.query<AppliedMigration>(appliedMigrations)
  const [next] = pendingMigrations('postgresql', rows)
  if (next === undefined) return null
  await apply(client, next)
  return next.name
}

const invalid = `SELECT relname AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
  WHERE NOT indisvalid AND relnamespace = to_regnamespace($1) AND relname = ANY($2) LIMIT 1`

/**
 * Builds one of our indexes anew that PostgreSQL does not use, because an operator's CREATE INDEX CONCURRENTLY has failed. A migration
 * that finds it there takes it for built. False where all are used.
 */
async function mendNext(
  client: Client,
  { schema }: PostgresqlAddress,
  { tell }: MigrateOptions,
): Promise<boolean> {
  const names = indexNames('postgresql')
  const { rows } = await client.query<{ name: string }>(invalid, [`"${schema}"`, names])
  const [found] = rows
  if (found === undefined) return false
  await client.query(`REINDEX INDEX ${client.escapeIdentifier(found.name)}`)
  tell?.(`The index ${found.name} was invalid, because building it had failed. It is built anew.`)
  return true
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query(sql).catch((cause: Error) => {
    const sentence = `The migration ${name} cannot be applied: ${cause.message}.`
    throw new DatabaseUnusable(sentence, { cause })
  })
  await client.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), 1)`,
    [randomUUID(), checksum, name],
  )
}

/** The result of `work`. Throws `DatabaseUnusable`, in the server's words, for what the server refuses. */
async function withClient<Result>(
  address: PostgresqlAddress,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connectPostgresql(address)
  try {
    return await work(client)
  } catch (cause) {
    if (cause instanceof DatabaseUnusable) throw cause
    const { message } = cause as Error
    throw new DatabaseUnusable(`DATABASE_URL: The server refuses: ${message}`, { cause })
  } finally {
    await client.end()
  }
}
