import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databaseKind } from '../src/database/database.ts'
import type { Database } from '../src/database/database.ts'
import { createVisitor, loginDocument, password, registerDocument } from './harness.ts'
import { openEvents } from './host/events.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { startProcess } from './process.ts'
import type { ServerProcess } from './process.ts'
import { redisProgram, startRedis } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'

/** How many processes there are, sessions of one user, and streams of theirs over all processes. */
const [processes, sessions, streams] = [5, 10_000, 500]

const revoke = `mutation { revokeSessions(filter: { username: "crowd" }) {
  __typename ... on RevokeSessionsSuccess { matchedCount revokedCount isComplete } } }`

const idOf = (key: string) => createHash('sha256').update(key).digest('hex')

/** Where a deployment keeps its sessions, and what ends that with it. */
interface Place {
  readonly settings: Record<string, string>
  readonly redis?: RedisServer
  stop(): Promise<void>
}

async function inSqlite(folder: string): Promise<Place> {
  return { settings: { DATABASE_URL: `file:${join(folder, 'storm.db')}` }, stop: async () => {} }
}

async function inPostgresql(): Promise<Place> {
  const server = await startPostgresql()
  // Five processes of ten connections each: more than that the server does not have for all.
  const url = `${await server.database()}?connection_limit=10`
  return { settings: { DATABASE_URL: url }, stop: () => server.stop() }
}

async function inRedis(): Promise<Place> {
  const [database, redis] = await Promise.all([inPostgresql(), startRedis()])
  const settings = { ...database.settings, SESSION_ENGINE: 'cache', CACHE_URL: redis.url }
  const stop = async () => void (await Promise.all([database.stop(), redis.stop()]))
  return { settings, redis, stop }
}

/** Makes so many more sessions like that of `key`, and gives their keys. Records are copied for those that have streams. */
async function multiply(db: Database, key: string, redis?: RedisServer): Promise<string[]> {
  const row = await db.session.findUniqueOrThrow({ where: { id: idOf(key) } })
  const keys = Array.from({ length: sessions - 1 }, () => randomBytes(32).toString('base64url'))
  const copies = keys.map((other, at) => {
    const createdAt = new Date(row.createdAt.getTime() - (at + 1) * 1000)
    return { ...row, id: idOf(other), createdAt }
  })
  for (let at = 0; at < copies.length; at += 500)
    await db.session.createMany({ data: copies.slice(at, at + 500) })
  const all = [key, ...keys]
  const named = (some: readonly string[]) => some.map((one) => `coatcheck:session:${idOf(one)}`)
  const copy = `for _, key in ipairs(ARGV) do redis.call('SET', key, redis.call('GET', KEYS[1]), 'PX', 3600000) end`
  await redis?.send('EVAL', copy, '1', ...named(watched(all)))
  return all
}

/** Those of `all` that have streams, from the newest to the oldest, so that each batch of an end has some. */
function watched<One>(all: readonly One[]): One[] {
  return all.filter((_, at) => at % (sessions / streams) === 0)
}

const places = [
  ['engine database on SQLite', inSqlite, true],
  ['engine database on PostgreSQL', inPostgresql, postgresqlProgram !== null],
  ['engine cache', inRedis, postgresqlProgram !== null && redisProgram !== null],
] as const

describe.each(places)('%s', (name, open, isInstalled) => {
  test.skipIf(!isInstalled)(
    `one mutation ends ten thousand sessions, names each of them once in the audit, and all 500 streams over five processes end with its reason, on the ${name}`,
    { timeout: 300_000, tags: ['G12'] },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-storm-'))
      const place = await open(folder)
      const { DATABASE_URL: url = '' } = place.settings
      await databaseKind(url).migrate(url)
      const db = await databaseKind(url).open(url, {})
      const settings = {
        ...place.settings,
        ADMIN_PASSWORD: password,
        // It is the bus that ends the streams, and no look of their own.
        SESSION_RECHECK_INTERVAL: '3600',
        // However busy this machine is, the mutation has the time for all.
        GRAPHQL_TIMEOUT: '200',
      }
      const servers: ServerProcess[] = []
      try {
        servers.push(await startProcess(folder, settings)) // makes the secret key and the first staff user
        const others = Array.from({ length: processes - 1 }, () => startProcess(folder, settings))
        servers.push(...(await Promise.all(others)))
        const visitor = () => createVisitor(`${servers[0]!.url}/graphql`, 'sessionid', null)
        const [staff, crowd, other] = [visitor(), visitor(), visitor()]
        await staff.data(loginDocument, { username: 'admin', password })
        for (const [username, one] of Object.entries({ crowd, other }))
          await one.data(registerDocument, { username, password })
        const keys = await multiply(db, crowd.cookie!, place.redis)
        const open = await Promise.all(
          watched(keys).map((key, at) =>
            openEvents(`${servers[at % processes]!.url}/graphql`, key),
          ),
        )

        const { revokeSessions } = await staff.data(revoke)

        expect(revokeSessions).toEqual({
          __typename: 'RevokeSessionsSuccess',
          matchedCount: sessions,
          revokedCount: sessions,
          isComplete: true,
        })
        const ends = await Promise.all(open.map((stream) => stream.next()))
        expect(ends).toEqual(ends.map(() => ({ __typename: 'SessionEnded', reason: 'REVOKED' })))
        expect(ends).toHaveLength(streams)
        expect(await Promise.all(open.map((stream) => stream.next()))).toEqual(ends.map(() => null))
        expect(
          await db.session.count({ where: { endedAt: null, user: { username: 'crowd' } } }),
        ).toBe(0)
        expect((await other.data('{ me { username } }')).me).toEqual({ username: 'other' })
        const events = await db.auditEvent.findMany({ where: { type: 'SESSIONS_REVOKED' } })
        const named = events.flatMap(({ detail }) => JSON.parse(detail ?? '{}').sessions)
        expect(named.sort()).toEqual(keys.map(idOf).sort())
      } finally {
        await Promise.all(servers.map((server) => server.stop()))
        await db.$disconnect()
        await place.stop()
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})
