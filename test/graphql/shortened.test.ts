import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { idOf, parseKey } from '../../src/session/key.ts'
import { SessionStoreUnavailable } from '../../src/refusals.ts'
import { writeGuideEngine } from '../guide.ts'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

// A write that shortens a session takes several steps where the record is not in the roster's row. Whatever happens between
// them, an end of all sessions finds it. With signed cookies a row lives as long as the longest of them: signed-cookies.test.ts.

const shorten = 'mutation { setSessionExpiry(seconds: 60) { __typename } }'
const endOthers = 'mutation { revokeOtherSessions { revokedCount } }'
const look = '{ me { username } session { endReason } }'

const revoked = { me: null, session: { endReason: 'REVOKED' } }

interface Cache {
  readonly url: string
  stop(): Promise<unknown>
}

const overRedis = async (): Promise<Cache> => startRedis()
const overMemcached = async (): Promise<Cache> => {
  const { name, stop } = await startMemcached()
  return { url: `memcached://${name}`, stop }
}

interface Engine {
  readonly engine: string
  readonly setting: () => string
  readonly isMissing: boolean
  readonly open?: () => Promise<Cache>
}

const engines: readonly Engine[] = [
  { engine: 'the file engine', setting: () => 'file', isMissing: false },
  { engine: 'Redis', setting: () => 'cache', isMissing: redisProgram === null, open: overRedis },
  {
    engine: 'Memcached',
    setting: () => 'cache',
    isMissing: memcachedProgram === null,
    open: overMemcached,
  },
  { engine: "the guide's engine", setting: writeGuideEngine, isMissing: false },
  { engine: 'the database engine', setting: () => 'database', isMissing: false },
  {
    engine: 'the cached database, over Redis',
    setting: () => 'cached-database',
    isMissing: redisProgram === null,
    open: overRedis,
  },
]

describe.each(engines)('$engine', ({ engine, setting, isMissing, open }) => {
  describe.skipIf(isMissing)('a write that shortens a session', { meta: { engine } }, () => {
    let cache: Cache | undefined
    let clock: ReturnType<typeof createClock>
    let server: TestServer
    let visitor: Visitor
    let elsewhere: Visitor

    beforeAll(async () => {
      cache = await open?.()
    })
    afterAll(() => cache?.stop())
    beforeEach(async () => {
      clock = createClock()
      const settings = { SESSION_ENGINE: setting(), ...(cache && { CACHE_URL: cache.url }) }
      server = await startServer(settings, { now: clock.now })
      visitor = await server.signedIn('reader')
      elsewhere = server.visitor()
      await elsewhere.data(loginDocument, { username: 'reader', password })
    })
    afterEach(() => server.stop())

    /** What `step` comes to takes the place of the store's next save. */
    function insteadOfTheSave(step: (save: () => unknown) => Promise<unknown>) {
      const store = server.app.settings.store as unknown as Record<
        'save',
        (...words: unknown[]) => unknown
      >
      const { save } = store
      store.save = (...words) => {
        store.save = save
        return step(() => save.apply(store, words))
      }
    }

    test(`on ${engine}, a session whose record could not be stored when its age was shortened is found by an end of all others after that age`, async () => {
      insteadOfTheSave(async () => {
        throw new SessionStoreUnavailable(new Error('The store is away.'))
      })
      const { errors } = await visitor.send(shorten)
      expect(errors?.[0]?.extensions.code).toBe('SESSION_STORE_UNAVAILABLE')
      clock.advance(61_000)
      const older = server.visitor(visitor.cookie)
      expect((await elsewhere.data(endOthers)).revokeOtherSessions.revokedCount).toBe(1)
      expect(await older.data(look)).toEqual(revoked)
    })

    test(`on ${engine}, a session whose age is being shortened when an end of all others comes, after that age, is ended by it`, async () => {
      let isReached = () => {}
      let letGo = () => {}
      const reached = new Promise<void>((resolve) => (isReached = resolve))
      const held = new Promise<void>((resolve) => (letGo = resolve))
      insteadOfTheSave(async (save) => {
        isReached()
        await held
        return save()
      })
      const older = server.visitor(visitor.cookie)
      const shortening = visitor.send(shorten)
      await reached
      clock.advance(61_000)
      const { revokeOtherSessions } = await elsewhere.data(endOthers)
      letGo()
      await shortening
      expect(revokeOtherSessions.revokedCount).toBe(1)
      for (const each of [older, visitor]) expect((await each.data(look)).me).toBeNull()
      expect(await server.visitor(older.cookie).data(look)).toEqual(revoked)
    })

    test(`on ${engine}, a session whose age was shortened expires when its record does, by its row as well`, async () => {
      const { setSessionExpiry } = await visitor.data(shorten)
      expect(setSessionExpiry.__typename).toBe('SessionSuccess')
      const id = idOf(parseKey(visitor.cookie ?? '')!)
      const row = await server.app.db.session.findUniqueOrThrow({ where: { id } })
      const record = await server.app.settings.store.load(id)
      expect(record?.expiresAt).toBe(clock.now() + 60_000)
      const ends = [row.expiresAt.getTime(), row.absoluteExpiresAt?.getTime() ?? null]
      expect(ends).toEqual([record?.expiresAt, record?.absoluteExpiresAt])
    })
  })
})
