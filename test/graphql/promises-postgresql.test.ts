import { afterAll, beforeAll, describe } from 'vitest'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { describePromises } from '../promises.ts'
import { describeTwoProcesses } from '../two-processes.ts'

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let server: PostgresqlServer
  let url: string
  beforeAll(async () => {
    server = await startPostgresql()
    url = await server.database()
  })
  afterAll(() => server?.stop())

  describePromises('the database engine on PostgreSQL', () => ({ DATABASE_URL: url }))
  describeTwoProcesses('PostgreSQL', () => ({ DATABASE_URL: url }))
})
