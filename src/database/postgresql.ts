import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { Client } from 'pg'
import { PrismaClient } from '../generated/prisma-postgresql/client.ts'
import type { Database, DatabaseKind } from './database.ts'
import { DatabaseUnusable } from './errors.ts'
import { appliedMigrations, pendingMigrations } from './migrations.ts'
import type { AppliedMigration } from './migrations.ts'

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

/** The advisory lock that `prisma migrate` takes, so that neither runs beside the other. */
const lock = 72_707_369

/** How long to wait, in milliseconds: nothing may hang with a server that does. The driver would wait for ever. */
const patience = { connectionTimeoutMillis: 2000, query_timeout: 10_000, statement_timeout: 10_000 }

/** Connections of one process. */
const places = 10

/** PostgreSQL, and what speaks its protocol: `postgresql://user:password@host:port/name`. */
export const postgresql: DatabaseKind = {
  // Several servers may start at once, and a migration of a large table is for a quiet hour.
  migratesAtStart: false,
  places,

  async open(url, { onStatement }) {
    const adapter = new PrismaPg(
      {
        connectionString: url,
        max: places,
        idleTimeoutMillis: 30_000,
        idle_in_transaction_session_timeout: 10_000,
        keepAlive: true,
        ...patience,
      },
      // A connection that breaks while idle is replaced; the pool reports it, and nobody else need hear of it.
      { onPoolError: () => {}, onConnectionError: () => {} },
    )
    const db = new PrismaClient({
      adapter,
      log: onStatement ? [{ emit: 'event', level: 'query' }] : [],
    })
    if (onStatement) db.$on('query', ({ query }) => onStatement(query))
    // The two clients are generated from one schema; only their transactions' isolation levels have other names.
    return db as unknown as Database
  },

  async migrate(url) {
    return withClient(url, 0, async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', [lock])
      await client.query(bookkeeping)
      const { rows } = await client.query<AppliedMigration>(appliedMigrations)
      const pending = pendingMigrations('postgresql', rows)
      for (const { name, sql, checksum } of pending) {
        await client.query('BEGIN')
        await client.query(sql)
        await client.query(
          `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
           VALUES ($1, $2, $3, now(), 1)`,
          [randomUUID(), checksum, name],
        )
        await client.query('COMMIT')
      }
      return pending.map(({ name }) => name)
    })
  },

  async pending(url) {
    return withClient(url, patience.statement_timeout, async (client) => {
      const { rows: found } = await client.query(`SELECT to_regclass('_prisma_migrations') AS name`)
      const isNew = found[0]?.name === null
      const { rows } = isNew
        ? { rows: [] }
        : await client.query<AppliedMigration>(appliedMigrations)
      return pendingMigrations('postgresql', rows).map(({ name }) => name)
    })
  },
}

async function withClient<Result>(
  url: string,
  statementTimeout: number,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const { connectionTimeoutMillis } = patience
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis,
    statement_timeout: statementTimeout,
  })
  await client.connect().catch((cause: Error & { code?: string }) => {
    const reason = cause.message || cause.code
    throw new DatabaseUnusable(`DATABASE_URL: The server cannot be used: ${reason}`, { cause })
  })
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
