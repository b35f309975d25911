import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

// Two processes share an engine. A write begins at one of them while its session is alive. It reaches the database when the
// session's clock has run out, and the other process has ended the session together with others.

const age = 'mutation { setSessionExpiry(seconds: 60) { __typename } }'
const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id endReason } cart { totalQuantity } }'
const expired = {
  me: null,
  session: { id: null, endReason: 'EXPIRED' },
  cart: { totalQuantity: 0 },
}
const endOthers = 'mutation { revokeOtherSessions { revokedCount isComplete } }'
const endMany =
  'mutation ($filter: SessionFilter!) { deleteSessions(filter: $filter) { ... on RevokeSessionsSuccess { revokedCount isComplete } } }'
const list =
  'query ($filter: SessionFilter) { sessions(filter: $filter) { nodes { id isActive endedAt endReason } } }'

interface Medium {
  readonly name: string
  readonly isMissing?: boolean
  readonly engine: string
  readonly needs?: ('postgresql' | 'redis')[]
}

const media: Medium[] = [
  { name: 'database on SQLite', engine: 'database' },
  {
    name: 'database on PostgreSQL',
    engine: 'database',
    needs: ['postgresql'],
    isMissing: postgresqlProgram === null,
  },
  {
    name: 'cached-database on PostgreSQL and Redis',
    engine: 'cached-database',
    needs: ['postgresql', 'redis'],
    isMissing: postgresqlProgram === null || redisProgram === null,
  },
  { name: 'cache in Redis', engine: 'cache', needs: ['redis'], isMissing: redisProgram === null },
  { name: 'file', engine: 'file' },
]

describe.each(media)('on $name', ({ engine, needs = [], isMissing = false }) => {
  describe.skipIf(isMissing)('a session has just expired', () => {
    const clock = createClock()
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-just-expired-'))
    const stops: (() => Promise<unknown>)[] = []
    /** By how much the clock of `there` is ahead, in milliseconds. */
    let ahead = 0
    let here: TestServer
    let there: TestServer

    beforeAll(async () => {
      const settings: Record<string, string> = {
        SESSION_ENGINE: engine,
        SESSION_FILE_PATH: join(folder, 'sessions'),
        DATABASE_URL: `file:${join(folder, 'test.db')}`,
      }
      if (needs.includes('postgresql')) {
        const postgresql = await startPostgresql()
        stops.unshift(() => postgresql.stop())
        settings['DATABASE_URL'] = await postgresql.database()
      }
      if (needs.includes('redis')) {
        const redis = await startRedis()
        stops.unshift(() => redis.stop())
        settings['CACHE_URL'] = redis.url
      }
      here = await startServer(settings, { now: clock.now })
      stops.unshift(() => here.stop())
      there = await startServer(settings, { now: () => clock.now() + ahead })
      stops.unshift(() => there.stop())
    })
    afterAll(async () => {
      for (const stop of stops) await stop()
      rmSync(folder, { recursive: true, force: true })
    })

    /** Holds the next write of `here` to the database before it is sent. */
    function holdWrite() {
      const { statements } = here.app.db
      const { write } = statements
      let isReached = () => {}
      let letGo = () => {}
      const reached = new Promise<void>((resolve) => (isReached = resolve))
      const held = new Promise<void>((resolve) => (letGo = resolve))
      const holding: typeof write = async (...words) => {
        Object.assign(statements, { write })
        isReached()
        await held
        return write(...words)
      }
      Object.assign(statements, { write: holding })
      return { reached, letGo: () => letGo() }
    }

    async function beginToWrite(visitor: Visitor, document = add) {
      await visitor.data(age)
      const { id } = (await visitor.data(look)).session
      clock.advance(59_900)
      const { reached, letGo } = holdWrite()
      const writing = visitor.data(document)
      await reached
      clock.advance(200)
      return { id, writing, letGo }
    }

    async function expectOver({ cookie }: Visitor, servers = [here, there]): Promise<void> {
      for (const at of servers) expect(await at.visitor(cookie).data(look)).toEqual(expired)
    }

    test(
      'an end of all other sessions lets no write carry the session on that began before it expired',
      { tags: ['C4'] },
      async () => {
        const user = await here.signedIn('others')
        const other = there.visitor()
        await other.data(loginDocument, { username: 'others', password })
        const { writing, letGo } = await beginToWrite(user)

        const { revokeOtherSessions } = await other.data(endOthers)
        letGo()

        expect(revokeOtherSessions).toEqual({ revokedCount: 0, isComplete: true })
        expect(await writing).toEqual({
          addCartItem: { __typename: 'SessionInterruptedError', code: 'SESSION_INTERRUPTED' },
        })
        await expectOver(user)
      },
    )

    test(
      'an end by a filter of staff lets no write carry the session on, and staff still see it as expired',
      { tags: ['C4'] },
      async () => {
        const staff = await there.signedIn('chief', { isStaff: true })
        const user = await here.signedIn('filtered')
        const { id, writing, letGo } = await beginToWrite(user)

        const { deleteSessions } = await staff.data(endMany, { filter: { username: 'filtered' } })
        letGo()

        expect(deleteSessions).toEqual({ revokedCount: 0, isComplete: true })
        expect((await writing).addCartItem.code).toBe('SESSION_INTERRUPTED')
        await expectOver(user)
        const shown = async (status: string) =>
          (await staff.data(list, { filter: { username: 'filtered', status } })).sessions.nodes
        const row = { id, isActive: false, endedAt: null, endReason: 'EXPIRED' }
        expect(await shown('EXPIRED')).toEqual([row])
        expect(await shown('ENDED')).toEqual([])
        expect(await shown('ACTIVE')).toEqual([])
      },
    )

    test(
      'a process whose clock is ahead ends a session for the others too, although it has expired by its own clock',
      { tags: ['C4'] },
      async () => {
        const user = await here.signedIn('ahead')
        const other = there.visitor()
        await other.data(loginDocument, { username: 'ahead', password })
        await user.data(age)
        clock.advance(59_800)
        ahead = 400
        expect((await other.data(endOthers)).revokeOtherSessions.isComplete).toBe(true)
        ahead = 0
        await expectOver(user)
      },
    )

    test.each([
      ['write', add],
      ['visit', look],
    ])(
      'a %s that began before the session expired does not carry it on once another process has said that it is over',
      { tags: ['B17'] },
      async (what, document) => {
        const user = await here.signedIn(what)
        const { writing, letGo } = await beginToWrite(user, document)
        await expectOver(user, [there])

        letGo()

        const answer = await writing
        if (what === 'write') expect(answer.addCartItem.code).toBe('SESSION_INTERRUPTED')
        await expectOver(user)
      },
    )

    test.runIf(engine.endsWith('database'))(
      'an end of all guests lets no write of a guest carry the session on that began before it expired',
      async () => {
        const staff = await there.signedIn('warden', { isStaff: true })
        const guest = here.visitor()
        await guest.data(add)
        const { writing, letGo } = await beginToWrite(guest)

        await staff.data(endMany, { filter: { authenticated: false } })
        letGo()

        expect((await writing).addCartItem.code).toBe('SESSION_INTERRUPTED')
        await expectOver(guest)
      },
    )
  })
})
