import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import type { SessionId } from '../../src/session/key.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createCachedDatabaseStore } from '../../src/session/stores/cached-database.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { createFileStore } from '../../src/session/stores/file.ts'
import { openMemcachedStore } from '../../src/session/stores/memcached.ts'
import { openRedisStore } from '../../src/session/stores/redis.ts'
import { created, newId, newRecord, saved } from '../../src/testing/records.ts'
import { createDependency } from '../../src/waiting/dependency.ts'
import { patience } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

/** A store, and a way to have its medium lose its newest writes. */
interface Forgetful {
  readonly store: SessionStore
  /** Notes how the record of `id` stands, and gives what puts it back so. */
  remember(id: SessionId): Promise<() => Promise<unknown>>
}

/** What ends when the test does, the last first. */
const openings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of openings.splice(0).reverse()) await end()
})
const open = <Part>(part: Part, end: (part: Part) => unknown): Part => {
  openings.push(() => end(part))
  return part
}

const folderOf = () =>
  open(mkdtempSync(join(tmpdir(), 'coatcheck-lost-')), (folder) =>
    rmSync(folder, { recursive: true, force: true }),
  )
const options = { now: Date.now, timeout: Number(patience), onError: () => {} }

async function openRows(url: string): Promise<Forgetful & { readonly db: Database }> {
  const { migrate, open: opening } = databaseKind(url)
  await migrate(url)
  const db = open(await opening(url, {}), (one) => one.$disconnect())
  return {
    db,
    store: createDatabaseStore(db),
    async remember(id) {
      const { version, data } = await db.session.findUniqueOrThrow({ where: { id } })
      return () => db.session.update({ where: { id }, data: { version, data } })
    },
  }
}

const openSqlite = () => openRows(`file:${join(folderOf(), 'lost.db')}`)

async function openPostgresql(): Promise<Forgetful> {
  const server = open(await startPostgresql(), (one) => one.stop())
  return openRows(await server.database({ isEmpty: true }))
}

async function openFiles(): Promise<Forgetful> {
  const [path, copy] = [join(folderOf(), 'sessions'), join(folderOf(), 'copy')]
  return {
    store: createFileStore({ path }),
    async remember() {
      cpSync(path, copy, { recursive: true })
      return async () => {
        rmSync(path, { recursive: true })
        cpSync(copy, path, { recursive: true })
      }
    },
  }
}

async function openRedis(): Promise<Forgetful> {
  const redis = open(await startRedis(), (one) => one.stop())
  const store = open(await openRedisStore(redis.url, { ...options, prefix: '' }), (one) =>
    one.close(),
  )
  return {
    store,
    async remember(id) {
      await redis.send('COPY', id, 'copy')
      return () => redis.send('COPY', 'copy', id, 'REPLACE')
    },
  }
}

async function openMemcached(): Promise<Forgetful> {
  const memcached = open(await startMemcached(), (one) => one.stop())
  const url = `memcached://${memcached.name}`
  const store = open(openMemcachedStore(url, { ...options, prefix: '' }), (one) => one.close?.())
  return {
    store,
    async remember(id) {
      const [, held = ''] = /^VALUE [^\n]*\n(.*)\r\nEND/s.exec(
        await memcached.ask(`get ${id}\r\n`),
      )!
      return () => memcached.ask(`set ${id} 0 0 ${Buffer.byteLength(held)}\r\n${held}\r\n`)
    },
  }
}

describe.each([
  { medium: 'SQLite', isMissing: false, opening: openSqlite },
  { medium: 'PostgreSQL', isMissing: postgresqlProgram === null, opening: openPostgresql },
  { medium: 'the file engine', isMissing: false, opening: openFiles },
  { medium: 'Redis', isMissing: redisProgram === null, opening: openRedis },
  { medium: 'Memcached', isMissing: memcachedProgram === null, opening: openMemcached },
])('sessions in $medium, which loses its newest writes', ({ medium, isMissing, opening }) => {
  test.skipIf(isMissing)(
    `a version that ${medium} has lost does not come again, and a caller who holds the lost record overwrites nothing`,
    { meta: { engine: medium } },
    async () => {
      const { store, remember } = await opening()
      const id = newId()
      const safe = saved(await store.save(id, newRecord('safe'), await created(store, id)))
      const loseTheRest = await remember(id)
      const lost = saved(await store.save(id, newRecord('lost'), safe))
      await loseTheRest()
      expect(await store.load(id)).toEqual({ ...newRecord('safe'), version: safe })

      const since = saved(await store.save(id, newRecord('since'), safe))
      expect(since).not.toBe(lost)
      expect(await store.save(id, newRecord('from what was lost'), lost)).toBe('conflict')
      expect(await store.delete(id, lost)).toBe('conflict')
      expect(await store.load(id)).toEqual({ ...newRecord('since'), version: since })
    },
  )
})

describe.each([
  { cache: 'Redis', isMissing: redisProgram === null, opening: openRedis },
  { cache: 'Memcached', isMissing: memcachedProgram === null, opening: openMemcached },
])('copies in $cache beside a database that loses its newest writes', ({ cache, ...given }) => {
  test.skipIf(given.isMissing)(
    `a copy in ${cache} of a record that the database has lost is replaced by what is stored since, and by what a reader finds`,
    { meta: { engine: `the cached database, over ${cache}` } },
    async () => {
      const [{ db, store: rows, remember }, { store: copies }] = await Promise.all([
        openSqlite(),
        given.opening(),
      ])
      const log = { info() {}, warn() {}, error() {} }
      const dependency = createDependency({
        ...options,
        name: 'The cache',
        probe: async () => copies.load(newId()),
        log,
      })
      const store = createCachedDatabaseStore(rows, copies, { now: Date.now, dependency })
      const id = newId()
      const auth = { userId: 'ada', epoch: 0, backend: 'password' }
      const of = (note: string) => ({ ...newRecord(note), auth })
      const safe = saved(await store.save(id, of('safe'), await created(store, id, of('first'))))
      const loseTheRest = await remember(id)
      // Two writes, so that a counter would have got further than it is after the next.
      const lost = saved(await store.save(id, of('lost'), safe))
      await store.save(id, of('lost too'), lost)
      await loseTheRest()

      await store.copies!.keep(id, { ...of('safe'), version: safe })
      expect(await store.copies!.find(id)).toEqual({ ...of('safe'), version: safe })
      const since = saved(await store.save(id, of('since'), safe))
      expect(await store.copies!.find(id)).toEqual({ ...of('since'), version: since })
      expect(await db.session.count({ where: { id, version: Number(since) } })).toBe(1)
    },
  )
})
