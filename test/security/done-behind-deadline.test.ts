import { expect, onTestFinished, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { password, startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'

test.skipIf(postgresqlProgram === null)(
  'a mutation that takes too long, though what it is for is done, says that it may be (needs PostgreSQL)',
  { tags: ['E20'] },
  async () => {
    const postgresql = await startPostgresql()
    onTestFinished(() => postgresql.stop())
    const DATABASE_URL = await postgresql.database()
    const server = await startServer({ DATABASE_URL, GRAPHQL_TIMEOUT: '1' })
    onTestFinished(() => server.stop())
    const other = await databaseKind(DATABASE_URL).open(DATABASE_URL, {})
    onTestFinished(() => other.$disconnect())
    const register = `mutation { register(input: { username: "late", password: "${password}" }) { __typename } }`

    const { status, errors } = await other.$transaction(async (all) => {
      // As an index that is being built there does: no event can be stored meanwhile.
      await all.$executeRaw`LOCK TABLE "AuditEvent" IN SHARE MODE`
      return server.visitor().send(register)
    })
    expect(status).toBe(503)
    expect(errors?.[0]?.message).toMatch(/What it did by then is done, .* may have been stored\./)
    expect(await server.app.db.user.count({ where: { username: 'late' } })).toBe(1)
  },
)
