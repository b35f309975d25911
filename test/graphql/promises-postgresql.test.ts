import { afterAll, beforeAll, describe } from 'vitest'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { describePromises } from '../promises.ts'

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let server: PostgresqlServer
  let url: string
  beforeAll(async () => {
    server = await startPostgresql()
    url = await server.database()
  })
  afterAll(() => server?.stop())

  describePromises('the database engine', () => ({ DATABASE_URL: url }))
})
