import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { moveRecord } from '../src/session/moving/move.ts'
import { createKey } from '../src/session/key.ts'
import type { SessionId } from '../src/session/key.ts'
import type { SessionStore } from '../src/session/store.ts'
import { openProxy } from './chaos/proxy.ts'
import { startServer } from './harness.ts'
import type { TestServer, Visitor } from './harness.ts'
import { memcachedProgram, startMemcached } from './memcached-server.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { redisProgram, startRedis } from './redis-server.ts'
import { playSteps } from './session/orders.ts'

const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ session { id } cart { totalQuantity } }'
const endOne = 'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }'
const endGuests =
  'mutation { deleteSessions(filter: { authenticated: false }) { ... on RevokeSessionsSuccess { revokedCount isComplete } } }'

/** A store that sessions move to, or come from, and what keeps the staff's server from it. */
interface Place {
  readonly settings: Record<string, string>
  /** The settings of the staff's server, where its way leads through something. */
  readonly own?: Record<string, string>
  cut(): void
  heal(): void
  stop(): Promise<unknown>
}

async function openFiles(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-guests-'))
  const files = join(folder, 'sessions')
  const hidden = join(folder, 'hidden')
  mkdirSync(files, { mode: 0o700 })
  return {
    settings: { SESSION_FILE_PATH: files },
    cut() {
      renameSync(files, hidden)
      writeFileSync(files, 'no folder')
    },
    heal() {
      rmSync(files)
      renameSync(hidden, files)
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function openCache(url: string, port: number, end: () => Promise<unknown>): Promise<Place> {
  const proxy = await openProxy(port)
  const { cut, heal } = proxy
  return {
    settings: { CACHE_URL: url },
    own: { CACHE_URL: url.replace(`:${port}`, `:${proxy.port}`) },
    cut,
    heal,
    stop: () => Promise.all([proxy.close(), end()]),
  }
}

const places = {
  Redis: {
    engine: 'cache',
    program: redisProgram,
    async open() {
      const { url, port, stop } = await startRedis()
      return openCache(url, port, stop)
    },
  },
  Memcached: {
    engine: 'cache',
    program: memcachedProgram,
    async open() {
      const { name, stop } = await startMemcached()
      return openCache(`memcached://${name}`, Number(name.split(':')[1]), stop)
    },
  },
  files: { engine: 'file', program: '', open: openFiles },
} as const

const pairs = (['SQLite', 'PostgreSQL'] as const).flatMap((database) =>
  (['Redis', 'Memcached', 'files'] as const).map((where) => ({ where, database })),
)

// Each pair has servers of its own, and waits for seconds until they reach a store again: so all wait beside each other. The two tests
// of a pair share its servers.
describe.concurrent.each(pairs)(
  'guests that move between $where and $database',
  ({ where, database }) => {
    const { engine, program, open } = places[where]
    const isMissing = program === null || (database === 'PostgreSQL' && postgresqlProgram === null)
    let place: Place
    let postgresql: Awaited<ReturnType<typeof startPostgresql>> | null = null
    /** The staff's server, whose way to the other store can be cut, and the server of the guests. */
    let desk: TestServer
    let shop: TestServer
    let stores: Record<'rows' | 'elsewhere', SessionStore>
    let staff: Visitor

    beforeAll(async () => {
      if (isMissing) return
      place = await open()
      if (database === 'PostgreSQL') postgresql = await startPostgresql()
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-guests-'))
      const DATABASE_URL = (await postgresql?.database()) ?? `file:${join(folder, 'guests.db')}`
      const shared = { ...place.settings, DATABASE_URL }
      const here = { SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: engine }
      const there = { SESSION_ENGINE: engine, SESSION_ENGINE_PREVIOUS: 'database' }
      desk = await startServer({ ...shared, ...place.own, ...here })
      shop = await startServer({ ...shared, ...there })
      const elsewhere = (await shop.app.openEngine(engine)).store
      stores = { elsewhere, rows: (await shop.app.openEngine('database')).store }
      staff = await desk.signedIn('warden', { isStaff: true })
    })
    afterAll(async () => {
      await Promise.all([desk?.stop(), shop?.stop(), stores?.elsewhere.close?.()])
      await Promise.all([place?.stop(), postgresql?.stop()])
    })

    /** A guest whose move was killed behind so many of its calls. */
    async function guestBehind(way: 'to' | 'from', calls: number) {
      const guest = (way === 'to' ? desk : shop).visitor()
      await guest.data(addItem)
      const { id } = (await guest.data(look)).session as { id: SessionId }
      const [a, b] =
        way === 'to' ? [stores.rows, stores.elsewhere] : [stores.elsewhere, stores.rows]
      const move = async ({ a: from, b: to }: { a: SessionStore; b: SessionStore }) =>
        void (await moveRecord({ from, to, now: Date.now }, id))
      expect(await playSteps([move], { a, b }, () => 0, calls)).toEqual([])
      const row = await desk.app.db.session.findUnique({ where: { id } })
      return { id, guest, isListed: row !== null }
    }

    /** What both servers find under the guest's key. */
    const seenOf = async ({ guest }: { guest: Visitor }) =>
      Promise.all(
        [desk, shop].map(async (server) => {
          const { session, cart } = await server.visitor(guest.cookie).data(look)
          return session.id === null ? null : cart.totalQuantity
        }),
      )

    /** What staff are told, while the other store is away and when it is back. */
    const outcomeOf = async (document: string, variables?: object) => {
      const { data, errors } = await staff.send(document, variables)
      return errors?.[0]?.extensions.code ?? data.deleteSession?.__typename ?? data.deleteSessions
    }

    test.skipIf(isMissing).sequential.each(['to', 'from'] as const)(
      `staff who end guests on their way %s ${where} beside ${database} are told of success only where these are over, and can try again once the store is back`,
      async (way) => {
        let refusals = 0
        for (let calls = 0; calls < 8; calls++) {
          const one = await guestBehind(way, calls)
          const other = await guestBehind(way, calls)
          place.cut()
          const byId = await outcomeOf(endOne, { id: one.id })
          const byFilter = await outcomeOf(endGuests)
          place.heal()
          // A key of no session is looked for in both stores.
          const failures = async () =>
            (await desk.visitor(createKey()).send(look)).errors?.length ?? 0
          await vi.waitUntil(async () => (await failures()) === 0, 60_000)

          const [seenOne, seenOther] = [await seenOf(one), await seenOf(other)]
          if (byId === 'RevokeSessionSuccess')
            expect([calls, seenOne]).toEqual([calls, [null, null]])
          else expect(byId).toMatch(/^(SESSION_STORE_UNAVAILABLE|NotFoundError)$/)
          if (byFilter?.isComplete && other.isListed)
            expect([calls, seenOther]).toEqual([calls, [null, null]])
          if (byFilter === 'SESSION_STORE_UNAVAILABLE') refusals++
          // The next try ends what is still there.
          for (const seen of [...seenOne, ...seenOther]) expect([null, 1]).toContain(seen)
          if (seenOne[0] !== null)
            expect(await outcomeOf(endOne, { id: one.id })).toBe('RevokeSessionSuccess')
          expect((await outcomeOf(endGuests)).isComplete).toBe(true)
          if (!other.isListed) await outcomeOf(endOne, { id: other.id })
          expect([calls, await seenOf(one), await seenOf(other)]).toEqual([
            calls,
            [null, null],
            [null, null],
          ])
        }
        expect(refusals).toBeGreaterThan(0)
      },
    )
  },
)
