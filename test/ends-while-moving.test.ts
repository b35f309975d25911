import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { createVisitor, loginDocument } from './harness.ts'
import { endInEveryWay } from './process-ends.ts'
import type { Asking } from './process-ends.ts'
import { runCommand, startProcess } from './process.ts'
import type { ServerProcess } from './process.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import type { PostgresqlServer } from './postgresql-server.ts'
import { redisProgram, startRedis } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'
import { waysToEnd } from './ways-to-end.ts'

const admin = { username: 'admin', password: 'two engines, every end' }

/** Guests are on the list only while their records are in the database. */
const ways = [...waysToEnd.all, ...waysToEnd.ofGuests.all].filter(({ needsList }) => !needsList)

/** Each way twice: the first server begins the one session, and the second server the other. */
const waysAtBoth = [...ways, ...(ways.length % 2 === 0 ? ways.slice(1) : ways), ways[0]!]

describe.each([
  { engine: 'file', database: 'SQLite' },
  { engine: 'cache', database: 'SQLite' },
  { engine: 'cache', database: 'PostgreSQL' },
])('sessions that move between $engine and $database', ({ engine, database }) => {
  const isMissing =
    (engine === 'cache' && redisProgram === null) ||
    (database === 'PostgreSQL' && postgresqlProgram === null)
  const there = { SESSION_ENGINE: engine, SESSION_ENGINE_PREVIOUS: 'database' }
  const back = { SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: engine }
  let folder: string
  let redis: RedisServer | null = null
  let postgresql: PostgresqlServer | null = null
  let shared: Record<string, string>
  let servers: ServerProcess[] = []
  let asking: Asking

  beforeAll(async () => {
    if (isMissing) return
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-ends-moving-'))
    if (engine === 'cache') redis = await startRedis()
    if (database === 'PostgreSQL') postgresql = await startPostgresql()
    shared = {
      DATABASE_URL: (await postgresql?.database()) ?? `file:${join(folder, 'ends.db')}`,
      SECRET_KEY: 'only for the servers of this test!',
      ADMIN_PASSWORD: admin.password,
      SESSION_RECHECK_INTERVAL: '3600', // a stream ends by the news of an end, and not by its own next look
      ...(redis && { CACHE_URL: redis.url }),
    }
    servers = [await startProcess(folder, { ...shared, ...there })]
    servers.push(await startProcess(folder, { ...shared, ...back }))
    const visitor = (at: number, cookie: string | null = null) =>
      createVisitor(`${servers[at % servers.length]!.url}/graphql`, 'sessionid', cookie)
    const staff = visitor(0)
    await staff.data(loginDocument, admin)
    asking = {
      servers: servers.map(({ url }) => url),
      visitor,
      staff,
      password: admin.password,
      shell: (...words) => runCommand(folder, words, { ...shared, ...there }),
    }
  })
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()))
    await Promise.all([redis?.stop(), postgresql?.stop()])
    if (folder) rmSync(folder, { recursive: true, force: true })
  })

  test.skipIf(isMissing)(
    `while engines change between ${engine} and ${database}, the streams at servers of both orders give the reason of every end, wherever the record is`,
    () => endInEveryWay(waysAtBoth, asking),
  )
})
