import { PrismaPg } from '@prisma/adapter-pg'
import type { Database, DatabaseDriver } from './driver.ts'
import { createLazyClient } from './lazy-client.ts'
import { ignoringCase } from './postgresql-adapter.ts'
import { migratePostgresql, pendingOnPostgresql } from './postgresql-migrations.ts'
import { createPool } from './postgresql-pool.ts'
import { createPostgresqlStatements } from './postgresql-statements.ts'
import { createStatistics } from './postgresql-statistics.ts'
import { readPostgresqlUrl } from './postgresql-url.ts'
import { run, statement } from './statements.ts'

/**
 * Has the commit of this one transaction not wait for the disk, so that no visitor's commit waits behind it. The writer of
 * PostgreSQL's log brings it there within a second. A database without the setting, as one that only speaks PostgreSQL's protocol,
 * commits as always.
 */
const leaveToLog = statement<{ readonly setting: string }>(
  `SELECT set_config('synchronous_commit', 'off', true) AS setting
   WHERE current_setting('synchronous_commit', true) IS NOT NULL`,
)

const clockNow = statement<{ readonly at: number }>(
  'SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS double precision) AS at',
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
    const clock = async () => Number((await statements.first(clockNow, []))?.at)
    const own = { statements, writeAside, othersVersion: null, clock, analyzeGrown }
    return Object.assign(client, { ...own, $disconnect })
  },

  migrate: migratePostgresql,
  pending: pendingOnPostgresql,
}
