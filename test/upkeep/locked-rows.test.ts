import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expiredRows } from '../../src/auth/clearing/expired.ts'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { plantSessions } from './rows.ts'

const at = Date.UTC(2026, 5, 1)
let server: Awaited<ReturnType<typeof startPostgresql>>
let db: Database
beforeAll(async () => {
  if (postgresqlProgram === null) return
  server = await startPostgresql()
  const url = await server.database({ isEmpty: true })
  await databaseKind(url).migrate(url)
  db = await databaseKind(url).open(url, {})
})
afterAll(async () => {
  await db?.$disconnect()
  await server?.stop()
})

/** Removes all that has expired, in steps of 50, and gives how many sessions went. */
async function clearAll(): Promise<number> {
  let total = 0
  for await (const removed of expiredRows(db, { retention: 0 }).sessions(at, () => 50))
    total += removed
  return total
}

test.skipIf(postgresqlProgram === null)(
  'a clearing of PostgreSQL beside another one removes all that the other one does not (needs PostgreSQL)',
  async () => {
    await plantSessions(db, 200, at - 1)
    await plantSessions(db, 200, at)
    const clearing = await db.$transaction(async (other) => {
      await other.$executeRaw`DELETE FROM "Session" WHERE id IN (
        SELECT id FROM "Session" ORDER BY "expiresAt" LIMIT 30)`
      const begun = clearAll()
      // One that waited for the rows of the other would do so until the transaction is over, and then have found few.
      await Promise.race([begun, pause(500)])
      return { begun }
    })
    expect(await clearing.begun).toBe(370)
    expect(await db.session.count()).toBe(0)
  },
)

test.skipIf(postgresqlProgram === null)(
  'a row of PostgreSQL that another program keeps locked stays, and what else has expired goes (needs PostgreSQL)',
  async () => {
    await plantSessions(db, 200, at - 1)
    await plantSessions(db, 200, at)
    await db.$transaction(async (all) => {
      await all.$queryRaw`SELECT id FROM "Session" ORDER BY "expiresAt" LIMIT 1 FOR SHARE`
      expect(await clearAll()).toBe(399)
    })
    expect(await clearAll()).toBe(1)
  },
)
