import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { startServer } from '../harness.ts'
import { pgbouncerProgram, startPgbouncer } from '../pgbouncer-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { spawnTied } from '../tied.ts'

const kind = databaseKind('postgresql://any')
const write = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'

describe.skipIf(postgresqlProgram === null)('a migration of PostgreSQL that waits', () => {
  let postgresql: PostgresqlServer
  beforeAll(async () => {
    postgresql = await startPostgresql()
  })
  afterAll(async () => postgresql?.stop())

  /** A connection until the test is over. */
  async function connect(url: string, name: string): Promise<Client> {
    const client = new Client({ connectionString: url, application_name: name })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(() => client.end())
    return client
  }

  /** A database with our tables that lacks the index of the newest migration, whose name comes with it. */
  async function behind() {
    const url = await postgresql.database()
    const client = await connect(url, 'the operator')
    const lackOne = async () => {
      const { rows } = await client.query<{ name: string }>(
        `DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_idle_index' RETURNING migration_name AS name`,
      )
      await client.query('DROP INDEX "Session_lastSeenAt_idx"')
      return rows.map(({ name }) => name)
    }
    return { url, client, lackOne }
  }

  /** Begins a transaction that has written to the table of sessions. */
  async function hold(url: string) {
    const holder = await connect(url, 'a long report')
    await holder.query('BEGIN')
    await holder.query('UPDATE "Session" SET version = version WHERE false')
    const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    return { holder, pid: rows[0]?.pid }
  }

  test('while migrate waits for a transaction that has written to PostgreSQL, it names that, and visitors write', async () => {
    const { url, lackOne } = await behind()
    const server = await startServer({ DATABASE_URL: url })
    onTestFinished(() => server.stop())
    const visitor = server.visitor()
    await visitor.data(write)
    const lacking = await lackOne()
    const { holder, pid } = await hold(url)
    const told: string[] = []
    let isOver = false
    const migration = kind
      .migrate(url, { tell: (sentence) => void told.push(sentence) })
      .finally(() => (isOver = true))
    while (told.length < 3 && !isOver) {
      await visitor.data(write)
      await server.visitor().data(write)
    }
    expect(isOver).toBe(false)
    for (const sentence of told)
      expect(sentence).toMatch(
        new RegExp(
          `^Process ${pid} of the server \\("a long report"\\), whose transaction has been open for \\d+ s, holds a table that migrate changes\\. Trying again in \\d s\\.$`,
        ),
      )
    await holder.query('COMMIT')
    expect(await migration).toEqual(lacking)
    expect(lacking).toHaveLength(1)
    await visitor.data(write)
  })

  test('migrate gives up on a transaction of PostgreSQL that stays open, says how to end it, and keeps no lock', async () => {
    const { url, client, lackOne } = await behind()
    await lackOne()
    const { pid } = await hold(url)
    await expect(kind.migrate(url, { tableTime: 100 })).rejects.toThrow(
      new RegExp(
        `^DATABASE_URL: Process ${pid} of the server .* has not let go of it for 0\\.1 s\\. Let it finish, or end it \\(SELECT pg_terminate_backend\\(${pid}\\)\\), and try again\\.$`,
      ),
    )
    const locks = `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' OR NOT granted`
    expect((await client.query(locks)).rows).toEqual([{ n: 0 }])
  })

  test.each([
    ['SIGINT', 'ends', false],
    ['SIGKILL', 'ends', false],
    ...(pgbouncerProgram === null ? [] : [['SIGKILL', 'ends behind PgBouncer', true] as const]),
  ] as const)(
    'a migrate that %s %s leaves nothing on PostgreSQL that works, waits or holds a lock',
    async (signal, _words, isPooled) => {
      const { url, client, lackOne } = await behind()
      const pooler = isPooled ? await startPgbouncer(url, { pool: 'transaction' }) : null
      onTestFinished(() => pooler?.stop())
      await lackOne()
      await client.query(
        `CREATE FUNCTION linger() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); END'`,
      )
      await client.query(
        `CREATE EVENT TRIGGER linger ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION linger()`,
      )
      const child = spawnTied(process.execPath, ['dist/main.js', 'migrate'], {
        env: { PATH: process.env['PATH'], DATABASE_URL: pooler?.through(url) ?? url },
        stdio: 'ignore',
      })
      onTestFinished(() => void child.kill('SIGKILL'))
      const others = async () => {
        const { rows } = await client.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE '%CREATE INDEX%' AND pid <> pg_backend_pid()`,
        )
        return rows[0]?.n
      }
      await vi.waitFor(async () => expect(await others()).toBe(1), 60_000)
      child.kill(signal)
      await vi.waitFor(async () => expect(await others()).toBe(0), 60_000)
      await client.query('DROP EVENT TRIGGER linger')
      expect(await kind.migrate(url)).toHaveLength(1)
    },
  )
})
