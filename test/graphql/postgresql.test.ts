import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { runCommand } from '../process.ts'

const first = '20261123204156_init'

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let server: PostgresqlServer
  beforeAll(async () => {
    server = await startPostgresql()
  })
  afterAll(() => server?.stop())

  const query = async (url: string, sql: string) => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query(sql)).rows
    } finally {
      await client.end()
    }
  }

  test('of three migrations of one PostgreSQL database at once, one applies, with the bookkeeping of Prisma', async () => {
    const url = await server.database({ isEmpty: true })
    const { migrate, pending } = databaseKind(url)
    expect(await pending(url)).toContain(first)
    const all = await Promise.all([migrate(url), migrate(url), migrate(url)])
    expect(all.flat().filter((name) => name === first)).toHaveLength(1)
    expect(await pending(url)).toEqual([])
    const sql = readFileSync(`prisma/migrations/postgresql/${first}/migration.sql`)
    const rows = await query(url, 'SELECT * FROM _prisma_migrations ORDER BY migration_name')
    expect(rows[0]).toMatchObject({
      migration_name: first,
      checksum: createHash('sha256').update(sql).digest('hex'),
      applied_steps_count: 1,
      rolled_back_at: null,
    })
    expect(rows[0].finished_at).toBeInstanceOf(Date)
  })

  test('migrate refuses on PostgreSQL a migration that was edited after it was applied', async () => {
    const url = await server.database()
    await query(url, `UPDATE _prisma_migrations SET checksum = 'other'`)
    await expect(databaseKind(url).migrate(url)).rejects.toThrow(
      `The migration ${first} was changed`,
    )
  })

  test('a server does not start on a PostgreSQL database that lacks migrations, and says what to do', async () => {
    const url = await server.database({ isEmpty: true })
    await expect(startServer({ DATABASE_URL: url })).rejects.toThrow('Run "coatcheck migrate"')
    const run = await runCommand('.', ['migrate'], { DATABASE_URL: url })
    expect([run.code, run.output.split('\n')[0]]).toEqual([0, `Applied ${first}.`])
    await (await startServer({ DATABASE_URL: url })).stop()
  })

  test('a PostgreSQL that cannot be reached ends the start with one sentence', async () => {
    const run = await runCommand('.', ['serve'], { DATABASE_URL: 'postgresql://127.0.0.1:1/none' })
    expect(run.code).toBe(4)
    expect(run.errors).toMatch(/^DATABASE_URL: The server cannot be used: .*\n$/)
  })

  test('a text with a NUL, which PostgreSQL cannot hold, finds no user', async () => {
    const api = await startServer({ DATABASE_URL: await server.database() })
    try {
      const staff = await api.signedIn('staff', { isStaff: true })
      const login =
        'mutation ($name: String!) { login(input: { username: $name, password: "tried with a NUL" }) { ... on Error { code } } }'
      expect((await staff.data(login, { name: 'sta\0ff' })).login.code).toBe('INVALID_CREDENTIALS')
      const list = 'query ($filter: SessionFilter!) { sessions(filter: $filter) { totalCount } }'
      for (const name of ['username', 'userId', 'ipAddress', 'userAgentContains']) {
        const { sessions } = await staff.data(list, { filter: { [name]: 'a\0b' } })
        expect(sessions.totalCount).toBe(0)
      }
      const register =
        'mutation ($name: String!) { register(input: { username: $name, password: "tried with a NUL" }) { ... on Error { code } } }'
      expect((await staff.data(register, { name: 'a\0b' })).register.code).toBe('INVALID_INPUT')
    } finally {
      await api.stop()
    }
  })
})
