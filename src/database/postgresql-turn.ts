import type { Client } from 'pg'
import { doublingPause } from '../waiting/doubling-pause.ts'
import { pause } from '../waiting/pause.ts'
import type { MigrateOptions } from './driver.ts'
import { DatabaseUnusable } from './errors.ts'
import { watchHolders } from './postgresql-holders.ts'
import type { Holder } from './postgresql-holders.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'

/** The advisory lock that `prisma migrate` takes too, so that neither runs beside the other. */
const lock = 72_707_369

/** How long to wait for another migration, in milliseconds. */
const migrationPatience = 30_000

/** For how long to try to lock a table that other transactions hold, in milliseconds. */
const tablePatience = 60_000

/** The pauses between two tries, in milliseconds. Visitors write meanwhile. */
const pauses = { first: 1_000, longest: 5_000 }

/**
 * Bounds a migration, each setting in milliseconds, as long as its transaction. Visitors who write to a table queue behind a
 * migration that waits for its lock: so it waits for little longer than the second after which PostgreSQL takes an autovacuum out
 * of its way. A migration whose process hangs or is killed ends too. A server on another system than Linux may not be able to look
 * whether its client is there, and a database that only speaks PostgreSQL's protocol may lack a setting.
 */
const bounds = `SELECT set_config(name, bound, true) FROM (VALUES
    ('lock_timeout', '1500'),
    ('idle_in_transaction_session_timeout', '10000'),
    ('client_connection_check_interval', '1000')
  ) AS bounds (name, bound)
  WHERE current_setting(name, true) IS NOT NULL
  AND (name <> 'client_connection_check_interval' OR version() LIKE '%linux%')`

/**
 * The result of `work`, in a transaction of its own that holds the lock of migrations. The lock and the settings end with it, so
 * that a pooler hands neither to another program. Where `work` does not get a table, it lets go of everything, so that visitors
 * write, and tries again.
 */
export async function inTurn<Result>(
  client: Client,
  address: PostgresqlAddress,
  { lockTime = migrationPatience, tableTime = tablePatience, tell = () => {} }: MigrateOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  let until: number | null = null
  for (let failures = 0; ; failures++) {
    await client.query('BEGIN')
    await client.query(bounds)
    await takeLock(client, lockTime)
    until ??= performance.now() + tableTime
    await enterSchema(client, address.schema)
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    const watch = watchHolders(address, rows[0]?.pid ?? 0)
    try {
      const result = await work()
      await client.query('COMMIT')
      void watch.stop()
      return result
    } catch (error) {
      if (!isHeld(error)) {
        void watch.stop()
        throw error
      }
      await client.query('ROLLBACK')
      const holder = await watch.stop()
      const who = nameOf(holder)
      if (performance.now() > until) throw stillHeld(who, holder, tableTime, error)
      const rest = doublingPause(pauses, failures)
      tell(`${who} holds a table that migrate changes. Trying again in ${rest / 1000} s.`)
      await pause(rest)
    }
  }
}

/** SQLSTATE of a lock that was not to be had in time, and of two transactions that wait for each other. */
function isHeld(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown }
  if (cause !== undefined) return isHeld(cause)
  return code === '55P03' || code === '40P01'
}

function nameOf(holder: Holder | null): string {
  if (holder === null) return 'Another transaction'
  const { pid, name, seconds } = holder
  const open = seconds === null ? '' : `, whose transaction has been open for ${seconds} s,`
  return `Process ${pid} of the server ("${name}")${open}`
}

function stillHeld(
  who: string,
  holder: Holder | null,
  time: number,
  cause: unknown,
): DatabaseUnusable {
  const end = holder === null ? 'end it' : `end it (SELECT pg_terminate_backend(${holder.pid}))`
  return new DatabaseUnusable(
    `DATABASE_URL: ${who} holds a table that migrate changes, and has not let go of it for ${time / 1000} s. Let it finish, or ${end}, and try again.`,
    { cause },
  )
}

/** Waits for the lock of migrations, and holds it to the end of the transaction. Throws a sentence that names its holder. */
async function takeLock(client: Client, time: number): Promise<void> {
  for (const until = performance.now() + time; ; await pause(100)) {
    const { rows } = await client.query('SELECT pg_try_advisory_xact_lock($1) AS taken', [lock])
    if (rows[0]?.taken) return
    if (performance.now() > until) break
  }
  const { rows: holders } = await client.query(holderOfLock, [lock])
  const { pid, name } = holders[0] ?? {}
  const who = pid === undefined ? 'another program' : `process ${pid} of the server ("${name}")`
  throw new DatabaseUnusable(
    `DATABASE_URL: ${who} has held the lock for migrations for ${time / 1000} s. Let it finish, or end it, and try again.`,
  )
}

const holderOfLock = `SELECT pid, application_name AS name FROM pg_locks JOIN pg_stat_activity USING (pid)
  WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = $1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

async function enterSchema(client: Client, schema: string): Promise<void> {
  const name = client.escapeIdentifier(schema)
  const { rows } = await client.query('SELECT to_regnamespace($1) IS NULL AS lacks', [name])
  if (rows[0]?.lacks) await client.query(`CREATE SCHEMA ${name}`)
  await client.query(`SET LOCAL search_path TO ${name}`)
}
