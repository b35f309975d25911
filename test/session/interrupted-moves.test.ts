import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import { onlyWhole, withoutHalfMoved } from '../../src/session/moving/half-moved.ts'
import { moveRecords } from '../../src/session/moving/move-all.ts'
import { standingOf } from '../../src/session/moving/move-marks.ts'
import { moveRecord } from '../../src/session/moving/move.ts'
import { createMovingStore } from '../../src/session/moving/moving-store.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createCachedDatabaseStore } from '../../src/session/stores/cached-database.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { createFileStore } from '../../src/session/stores/file.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { createDependency } from '../../src/waiting/dependency.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { Killed, killedBehind } from './killed-behind.ts'

/**
 * How a session may stand in the engine that it leaves and in the engine that it comes to, after a move was killed behind
 * any of its calls, and after its session then ended or not:
 * - kept, none: before the first call, or the session has gone back.
 * - kept, arriving: its place is made.
 * - leaving, arriving: it is marked. The engine that it leaves has the only content.
 * - leaving, kept: it has arrived. The engine that it leaves has an old content.
 * - none, kept: the old engine has let go of it.
 * - none, none: it has ended.
 */
const states = [
  'kept, arriving',
  'kept, none',
  'leaving, arriving',
  'leaving, kept',
  'none, kept',
  'none, none',
]
/** And what an end leaves that was killed too, behind any of its calls. */
const halfEnded = ['leaving, none', 'none, arriving']

type Name = 'database' | 'cached-database' | 'cache' | 'file'
let redis: RedisServer | null = null
let folder: string
const opened: SessionStore[] = []
beforeAll(async () => {
  redis = redisProgram === null ? null : await startRedis()
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-interrupted-'))
})
afterAll(async () => {
  for (const store of opened) await store.close?.()
  await redis?.stop()
  rmSync(folder, { recursive: true, force: true })
})

let places = 0
const now = Date.now
const log = { warn: () => {}, info: () => {}, error: () => {} }

/** An engine's store with nothing in it. */
async function open(name: Name): Promise<SessionStore> {
  const place = `${places++}`
  const openRedis = (prefix: string) =>
    openRedisStore(redis!.url, { now, prefix, timeout: 3000, onError: () => {} })
  const openDatabase = async () => {
    const url = `file:${join(folder, `${place}.db`)}`
    await databaseKind(url).migrate(url)
    const db = await databaseKind(url).open(url, {})
    return { ...createDatabaseStore(db), close: () => db.$disconnect() }
  }
  const openers: Record<Name, () => Promise<SessionStore>> = {
    database: openDatabase,
    'cached-database': async () => {
      const cache = await openRedis(`copies-${place}:`)
      const probe = async () => cache.load(idOf(createKey()))
      const dependency = createDependency({ name: 'The cache', timeout: 3000, probe, log })
      return createCachedDatabaseStore(await openDatabase(), cache, { now, dependency })
    },
    cache: () => openRedis(`records-${place}:`),
    file: async () => createFileStore({ path: join(folder, place) }),
  }
  const store = await openers[name]()
  opened.push(store)
  return store
}

const newRecord = () => ({
  auth: { userId: 'ada', epoch: 0, backend: 'password' },
  data: { cart: { hat: 2 } },
  expiry: null,
  createdAt: now(),
  lastSeenAt: now(),
  expiresAt: now() + 3_600_000,
  absoluteExpiresAt: null,
})

/** Does `work` with two stores, and says whether it was killed before its end. */
async function killed(
  most: number,
  stores: readonly SessionStore[],
  work: (one: SessionStore, other: SessionStore) => Promise<unknown>,
): Promise<boolean> {
  const [one, other] = killedBehind(most, stores)
  try {
    await work(one!, other!)
    return false
  } catch (error) {
    if (error instanceof Killed) return true
    throw error
  }
}

/** Behind how many calls a move back is killed, and an end: those are fewer. */
const [most, mostOfEnd] = [14, 8]

/** A session that was played with. */
interface Played {
  readonly id: SessionId
  /** Null where it was answered neither that the session has ended nor that it goes on. */
  readonly hasEnded: boolean | null
}

const stand = async (store: SessionStore, id: SessionId) => {
  const found = await store.load(id)
  return found === null ? 'none' : standingOf(found)
}

/**
 * Kills a move of a session behind each of its calls, ends the session then or not, and kills a move back behind each of its
 * calls. Gives the sessions, and the states in which the first kill and the end have left them.
 */
async function interrupt(from: SessionStore, to: SessionStore) {
  const seen = new Set<string>()
  const played: Played[] = []
  const one = async (there: number, back: number, end: number | null) => {
    const id = idOf(createKey())
    await from.create(id, newRecord())
    const wasKilled = await killed(there, [from, to], (a, b) =>
      moveRecord({ from: a, to: b, now }, id),
    )
    let hasEnded: boolean | null = false
    if (end !== null) {
      const wasCutOff = await killed(end, [from, to], (previous, current) =>
        createMovingStore({ current, previous, now }).delete(id),
      )
      hasEnded = wasCutOff ? null : true
    }
    seen.add(`${await stand(from, id)}, ${await stand(to, id)}`)
    await killed(back, [to, from], (a, b) => moveRecord({ from: a, to: b, now }, id))
    played.push({ id, hasEnded })
    return wasKilled
  }
  for (let there = 0, goesOn = true; goesOn; there++) {
    goesOn = false
    for (let back = 0; back <= most; back++) goesOn = (await one(there, back, null)) || goesOn
    for (let end = 0; end <= mostOfEnd; end++)
      for (const back of [0, 3, 6]) await one(there, back, end)
  }
  return { played, seen: [...seen].sort() }
}

async function migrate(from: SessionStore, to: SessionStore) {
  let last = null
  for await (const step of moveRecords({ from, to, now })) last = step
  return last
}

describe.each<[Name, Name]>([
  ['database', 'file'],
  ['file', 'database'],
  ['database', 'cache'],
  ['cache', 'database'],
  ['cache', 'file'],
  ['file', 'cache'],
  ['cached-database', 'cache'],
  ['cache', 'cached-database'],
])('moves from %s to %s that are killed', (one, other) => {
  const needsRedis = [one, other].some((name) => name.startsWith('cache'))
  test.skipIf(needsRedis && redisProgram === null).each([
    [
      'the same way, then back and there again',
      [
        [0, 1],
        [1, 0],
        [0, 1],
      ],
    ],
    [
      'back, and there again',
      [
        [1, 0],
        [0, 1],
      ],
    ],
  ])(
    `a move from ${one} to ${other} that is killed behind any of its calls, and a move back that is killed too, end whole with a move %s, and no session is lost or comes back`,
    async (_where, ways) => {
      const stores = [await open(one), await open(other)] as const
      const { played, seen } = await interrupt(...stores)
      expect(seen).toEqual(expect.arrayContaining(states))
      expect([...states, ...halfEnded]).toEqual(expect.arrayContaining(seen))
      expect(played.length).toBeGreaterThan(150)

      // An engine alone opens what is whole in it, and nothing that is half way.
      const alone = stores.map((store) =>
        withoutHalfMoved(
          store,
          onlyWhole(() => {}),
        ),
      )
      for (const { id } of played)
        for (const [at, store] of stores.entries()) {
          const found = await store.load(id)
          const isWhole = found !== null && standingOf(found) === 'kept'
          expect(await alone[at]!.load(id)).toEqual(isWhole ? found : null)
        }

      for (const [at, [from, to]] of ways.entries()) {
        const done = await migrate(stores[from!]!, stores[to!]!)
        if (at > 0) expect(done!.moved).toBeGreaterThan(100)
        expect(done!.refused).toBe(0)
        for (const { id, hasEnded } of played) {
          expect(await stores[from!]!.load(id)).toBeNull()
          const found = await stores[to!]!.load(id)
          if (hasEnded === true) expect(found).toBeNull()
          if (hasEnded === false || found !== null)
            expect(found).toMatchObject({ data: { cart: { hat: 2 } } })
        }
        expect(await migrate(stores[from!]!, stores[to!]!)).toMatchObject({ moved: 0 })
      }
    },
  )
})
