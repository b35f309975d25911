import { afterAll, beforeAll, describe } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let server: PostgresqlServer
  beforeAll(async () => {
    server = await startPostgresql()
  })
  afterAll(() => server?.stop())

  describeSessionStore('database on PostgreSQL', async () => {
    const url = await server.database()
    const db = await databaseKind(url).open(url, {})
    return { ...createDatabaseStore(db), close: () => db.$disconnect() }
  })
})
