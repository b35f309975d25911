import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Client } from 'pg'
import { pause } from '../waiting/pause.ts'
import type { Database, DatabaseDriver } from './driver.ts'
import { DatabaseUnusable } from './errors.ts'
import { createLazyClient } from './lazy-client.ts'
import { appliedMigrations, pendingMigrations } from './migrations.ts'
import type { AppliedMigration, Migration } from './migrations.ts'
import { ignoringCase } from './postgresql-adapter.ts'
import { connectPostgresql } from './postgresql-client.ts'
import { createPool } from './postgresql-pool.ts'
import { createPostgresqlStatements } from './postgresql-statements.ts'
import { createStatistics } from './postgresql-statistics.ts'
import { keepPages } from './postgresql-tables.ts'
import { readPostgresqlUrl } from './postgresql-url.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'
import { run, statement } from './statements.ts'

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

/** The advisory lock that `prisma migrate` takes too, so that neither runs beside the other. */
const lock = 72_707_369

/** How long to wait for another migration, in milliseconds. */
const migrationPatience = 30_000

/**
 * Has the commit of this one transaction not wait for the disk, so that no visitor's commit waits behind it. The writer of
 * PostgreSQL's log brings it there within a second. A database without the setting, as one that only speaks PostgreSQL's protocol,
 * commits as always.
 */
const leaveToLog = statement<{ readonly setting: string }>(
  `SELECT set_config('synchronous_commit', 'off', true) AS setting
   WHERE current_setting('synchronous_commit', true) IS NOT NULL`,
)

/** The least time that a statement has, in milliseconds, where the URL does not say. */
const leastTime = 5000

/** How long a transaction may wait to begin, and how long it may take, in milliseconds. The pool has bounds of its own. */
const transactionOptions = { maxWait: 600_000, timeout: 30_000 }

/** PostgreSQL, and what speaks its protocol: `postgresql://user:password@host:port/name`. */
export const postgresql: DatabaseDriver = {
  async open(url, { onStatement, patience = 0 }) {
    const address = readPostgresqlUrl(url)
    const statementTime = address.statementTime ?? Math.max(leastTime, patience)
    const pool = createPool(address, { statementTime })
    // The clients of both databases are generated from one schema; only their transactions' isolation levels have other names.
    const { client, closing } = createLazyClient(async () => {
      const { PrismaClient } = await import('../generated/prisma-postgresql/client.ts')
      const made = new PrismaClient({
        adapter: ignoringCase(
          new PrismaPg(pool, { schema: address.schema, disposeExternalPool: true }),
        ),
        transactionOptions,
        log: onStatement ? [{ emit: 'event', level: 'query' }] : [],
      })
      if (onStatement) made.$on('query', ({ query }) => onStatement(query))
      return made
    })
    const statements = createPostgresqlStatements(pool, address, onStatement)
    const $disconnect = closing(async () => {
      if (!pool.ending) await pool.end()
    })
    const writeAside: Database['writeAside'] = async (aside, values) =>
      statements.transaction(function* () {
        yield* run(leaveToLog, [])
        return yield* run(aside, values)
      })
    const analyzeGrown = createStatistics(pool, address.schema, onStatement)
    const own = { statements, writeAside, othersVersion: null, analyzeGrown }
    return Object.assign(client, { ...own, $disconnect })
  },

  async migrate(url, { lockTime = migrationPatience } = {}) {
    const address = readPostgresqlUrl(url)
    // One transaction for all: its lock and its settings end with it, so that a pooler hands neither to another program.
    return withClient(address, async (client) => {
      await client.query('BEGIN')
      await takeLock(client, lockTime)
      await enterSchema(client, address.schema)
      await client.query(bookkeeping)
      const { rows } = await client.query<AppliedMigration>(appliedMigrations)
      const pending = pendingMigrations('postgresql', rows)
      for (const migration of pending) await apply(client, migration)
      await client.query('COMMIT')
      await keepPages(client, address.schema)
      return pending.map(({ name }) => name)
    })
  },

  async pending(url) {
    const address = readPostgresqlUrl(url)
    return withClient(address, async (client) => {
      await client.query(`BEGIN; SET LOCAL statement_timeout = ${leastTime}`)
      await client.query(`SET LOCAL search_path TO ${client.escapeIdentifier(address.schema)}`)
      const { rows: found } = await client.query(`SELECT to_regclass('_prisma_migrations') AS name`)
      const isNew = found[0]?.name === null
      const { rows } = isNew
        ? { rows: [] }
        : await client.query<AppliedMigration>(appliedMigrations)
      await client.query('COMMIT')
      return pendingMigrations('postgresql', rows).map(({ name }) => name)
    })
  },
}

/** Waits for the lock of migrations, and holds it to the end of the transaction. Throws a sentence that names its holder. */
async function takeLock(client: Client, time: number): Promise<void> {
  for (const until = performance.now() + time; ; await pause(100)) {
    const { rows } = await client.query('SELECT pg_try_advisory_xact_lock($1) AS taken', [lock])
    if (rows[0]?.taken) return
    if (performance.now() > until) break
  }
  const { rows: holders } = await client.query(holder, [lock])
  const { pid, name } = holders[0] ?? {}
  const who = pid === undefined ? 'another program' : `process ${pid} of the server ("${name}")`
  throw new DatabaseUnusable(
    `DATABASE_URL: ${who} has held the lock for migrations for ${time / 1000} s. Let it finish, or end it, and try again.`,
  )
}

const holder = `SELECT pid, application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

async function enterSchema(client: Client, schema: string): Promise<void> {
  const name = client.escapeIdentifier(schema)
  const { rows } = await client.query('SELECT to_regnamespace($1) IS NULL AS lacks', [name])
  if (rows[0]?.lacks) await client.query(`CREATE SCHEMA ${name}`)
  await client.query(`SET LOCAL search_path TO ${name}`)
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
