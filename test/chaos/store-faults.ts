import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import type { Deployment } from './deployment.ts'
import { troublesOfProgram, whileOf } from './trouble.ts'
import type { Trouble } from './trouble.ts'

/** What can befall the database and the cache that all processes share. */
export function troublesOfStores(deployment: Deployment): Trouble[] {
  return [
    ...(deployment.postgresql ? ofPostgresql(deployment) : ofSqlite(deployment)),
    ...ofRedis(deployment),
    ...ofMemcached(deployment),
  ]
}

/** Tries again where a machine that is busy with all this is too slow for a test's own patience. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      if (tries === 10) throw error
      await sleep(500)
    }
  }
}

function ofPostgresql({ postgresql, databaseUrl }: Deployment): Trouble[] {
  if (postgresql === null) return []
  const on = 'PostgreSQL'
  return [
    ...troublesOfProgram(on, postgresql),
    {
      name: 'PostgreSQL ends its connections',
      on,
      async strike() {
        const client = new Client({
          connectionString: databaseUrl,
          connectionTimeoutMillis: 30_000,
        })
        client.on('error', () => {})
        await client.connect()
        const others = 'datname = current_database() AND pid <> pg_backend_pid()'
        await client
          .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`)
          .finally(() => client.end())
      },
    },
  ]
}

function ofSqlite({ databaseUrl }: Deployment): Trouble[] {
  return [
    {
      name: 'another program holds the lock of the database',
      on: 'SQLite',
      async strike(chance) {
        const other = new Sqlite(databaseUrl.slice('file:'.length), { timeout: 5000 })
        try {
          other.exec('BEGIN IMMEDIATE')
          await whileOf(chance, 3000)
          other.exec('ROLLBACK')
        } finally {
          other.close()
        }
      },
    },
  ]
}

function ofRedis({ redis, plan }: Deployment): Trouble[] {
  if (redis === null) return []
  const on = 'Redis'
  return [
    ...troublesOfProgram(on, { ...redis, start: redis.restart }),
    {
      name: 'Redis ends its connections',
      on,
      strike: () => insist(() => redis.send('CLIENT', 'KILL', 'TYPE', 'normal')),
    },
    {
      name: 'Redis forgets everything',
      on,
      // Copies are no loss.
      ...(plan.engine === 'cache' && { loses: 'sessions' as const }),
      strike: () => insist(() => redis.send('FLUSHALL')),
    },
  ]
}

function ofMemcached({ memcached, plan }: Deployment): Trouble[] {
  if (memcached === null) return []
  // It begins again empty. Copies are no loss.
  const program = { ...memcached, kill: memcached.stop }
  return troublesOfProgram('Memcached', program, plan.engine === 'cache' ? 'sessions' : undefined)
}
