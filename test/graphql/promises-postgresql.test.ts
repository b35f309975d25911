import { afterAll, beforeAll, describe } from 'vitest'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { describePromises } from '../promises.ts'
import { describeTwoProcesses } from '../two-processes.ts'

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let server: PostgresqlServer
  let urls: [string, string, string]
  beforeAll(async () => {
    server = await startPostgresql()
    urls = [await server.database(), await server.database(), await server.database()]
  })
  afterAll(() => server?.stop())

  describePromises('the database engine on PostgreSQL', () => ({ DATABASE_URL: urls[0] }))
  describeTwoProcesses('PostgreSQL', () => ({ DATABASE_URL: urls[1] }))
  const five = { processes: 5, bus: 'down' } as const
  describeTwoProcesses('PostgreSQL', () => ({ DATABASE_URL: urls[2] }), five)
})
