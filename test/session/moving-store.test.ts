import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import { moveRecords } from '../../src/session/moving/move-all.ts'
import type { MoveProgress } from '../../src/session/moving/move-all.ts'
import { moveRecord } from '../../src/session/moving/move.ts'
import { createMovingStore } from '../../src/session/moving/moving-store.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { createFileStore } from '../../src/session/stores/file.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { createStore } from './memory-store.ts'

type Open = (folder: string) => Promise<SessionStore>

const openDatabase: Open = async (folder) => {
  const url = `file:${join(folder, 'store.db')}`
  const { migrate, open } = databaseKind(url)
  await migrate(url)
  const db = await open(url, {})
  return { ...createDatabaseStore(db), close: () => db.$disconnect() }
}
const openFiles: Open = async (folder) => createFileStore({ path: join(folder, 'sessions') })

const now = () => 0

/** Two stores as one. New records are made in the current one, or, as another process would, in the previous one. */
async function openPair(current: Open, previous: Open, where: 'current' | 'previous') {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pair-'))
  const stores = { current: await current(folder), previous: await previous(folder), now }
  const store = createMovingStore(stores)
  const other = createMovingStore({ current: stores.previous, previous: stores.current, now })
  return {
    ...store,
    ...(where === 'previous' && {
      // The same store is the current one of the one process and the previous one of the other.
      async create(...words: Parameters<SessionStore['create']>) {
        const version = await other.create(...words)
        return version === null ? null : String(version).replace('c', 'p')
      },
    }),
    async close() {
      await store.close?.()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

describeSessionStore('files, and a database before', () =>
  openPair(openFiles, openDatabase, 'current'),
)
describeSessionStore('a database, and files before, where the records are', () =>
  openPair(openDatabase, openFiles, 'previous'),
)
describeSessionStore('files, and a database before, where the records are', () =>
  openPair(openFiles, openDatabase, 'previous'),
)

const record = {
  auth: null,
  data: { count: 0 },
  expiry: 60,
  createdAt: 1,
  lastSeenAt: 2,
  expiresAt: 1_000_000,
  absoluteExpiresAt: 2_000_000,
}

/** A session in a store that cannot list what it holds, and the store that moves what is there. */
async function inUnlistable() {
  const { list: _list, ...previous } = createStore()
  const current = createStore()
  const id = idOf(createKey())
  await previous.create(id, record)
  return { previous, current, store: createMovingStore({ current, previous, now }), id }
}

describe('a session of the previous store', () => {
  test('a record that moves to another store and back is what it was, its clocks included', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pair-'))
    const stores = [await openFiles(folder), await openDatabase(folder)] as const
    const id = idOf(createKey())
    await stores[0].create(id, record)
    for (let move = 0; move < 4; move++) {
      const [from, to] = move % 2 === 0 ? stores : stores.toReversed()
      expect(await moveRecord({ from: from!, to: to!, now }, id)).toHaveProperty('to')
      expect(await from!.load(id)).toBeNull()
      expect({ ...(await to!.load(id)), version: null }).toEqual({ ...record, version: null })
    }
    await stores[1].close?.()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a session moves at its first write from a store that cannot list what it holds, and that write needs no second attempt', async () => {
    const { previous, current, store, id } = await inUnlistable()
    const first = await store.load(id)
    const changed = { ...record, data: { count: 1 } }
    const version = await store.save(id, changed, first!.version)
    expect(version).not.toMatch(/gone|conflict/)
    expect(await previous.load(id)).toBeNull()
    expect(await current.load(id)).toMatchObject(changed)
    expect(await store.save(id, record, version)).not.toMatch(/gone|conflict/)
    // The second of two writes with one version loses to the first.
    expect(await store.save(id, changed, version)).toBe('conflict')
  })

  test('an end of a session whose record comes back at every look says that the session may have ended', async () => {
    const { previous, current, id } = await inUnlistable()
    const moving: SessionStore = {
      ...current,
      async delete(id) {
        await current.delete(id)
        await current.create(id, record)
      },
    }
    const store = createMovingStore({ current: moving, previous, now })
    await expect(store.delete(id)).rejects.toThrow('may have ended')
    expect(await previous.load(id)).toBeNull()
  })

  test('a write that another one came before moves the session from a store that cannot list, and is a conflict', async () => {
    const { previous, current, store, id } = await inUnlistable()
    const first = await store.load(id)
    const [theirs, ours] = [1, 2].map((count) => ({ ...record, data: { count } }))
    await previous.save(id, theirs!, (await previous.load(id))!.version)
    expect(await store.save(id, ours!, first!.version)).toBe('conflict')
    expect(await current.load(id)).toMatchObject(theirs!)
  })

  test('a write to a session that the current store does not take in yet goes to the previous store, though that cannot list what it holds', async () => {
    const { list: _list, ...previous } = createStore()
    const current: SessionStore = { ...createStore(), adopt: async () => null }
    const store = createMovingStore({ current, previous, now })
    const id = idOf(createKey())
    await previous.create(id, record)
    const changed = { ...record, data: { count: 1 } }
    const { version } = (await store.load(id))!
    expect(await store.save(id, changed, version)).not.toMatch(/gone|conflict/)
    expect(await previous.load(id)).toMatchObject(changed)
  })

  test('the row of a signed-in session stays on the roster while its record moves away and back, and an end meanwhile stands', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pair-'))
    const url = `file:${join(folder, 'store.db')}`
    await databaseKind(url).migrate(url)
    const db = await databaseKind(url).open(url, {})
    const [rows, files] = [createDatabaseStore(db), await openFiles(folder)]
    const user = await db.user.create({
      data: { username: 'ada', usernameKey: 'ada', passwordHash: '' },
    })
    const signedIn = { ...record, auth: { userId: user.id, epoch: 0, backend: 'password' } }
    const id = idOf(createKey())
    await rows.create(id, signedIn)
    await db.session.update({ where: { id }, data: { userId: user.id } })
    const owner = async () => (await db.session.findUnique({ where: { id } }))?.userId
    await moveRecord({ from: rows, to: files, now }, id)
    expect([await owner(), await rows.load(id)]).toEqual([user.id, null])
    await moveRecord({ from: files, to: rows, now }, id)
    expect([await owner(), await files.load(id)]).toEqual([user.id, null])
    expect(await rows.load(id)).toMatchObject(signedIn)
    await moveRecord({ from: rows, to: files, now }, id)
    // Ended as staff does it, while the store of files was down.
    await db.session.update({ where: { id }, data: { endedAt: new Date(), data: null } })
    expect(await moveRecord({ from: files, to: rows, now }, id)).toBe('refused')
    expect(await rows.load(id)).toBeNull()
    await db.$disconnect()
    rmSync(folder, { recursive: true, force: true })
  })
})

describe('a move of many sessions', () => {
  test('a move of sessions reads fewer than forty records ahead of those that it has told of, however many there are', async () => {
    const [previous, current] = [createStore(), createStore()]
    const ids = Array.from({ length: 500 }, () => idOf(createKey()))
    await Promise.all(ids.map((id) => previous.create(id, record)))
    let [listed, most, seenSoFar] = [0, 0, 0]
    const from: SessionStore = {
      ...previous,
      async *list() {
        // A medium may name a record twice.
        for (const id of [...ids, ...ids.slice(0, 100)]) {
          const found = await previous.load(id)
          most = Math.max(most, ++listed - seenSoFar)
          yield { id, record: found ?? { ...record, version: 0 } }
        }
      },
    }
    let last: MoveProgress | null = null
    for await (const step of moveRecords({ from, to: current, now })) {
      last = step
      seenSoFar = step.seen
    }
    expect(last).toEqual({ seen: 600, moved: 500, justExpired: 0, refused: 0 })
    expect(most).toBeLessThan(40)
    for (const id of ids) expect(await current.load(id)).toMatchObject(record)
  })

  test('a move of sessions that fails at one record leaves none half way, and a second run moves the rest', async () => {
    const [previous, current] = [createStore(), createStore()]
    const ids = Array.from({ length: 100 }, () => idOf(createKey()))
    await Promise.all(ids.map((id) => previous.create(id, record)))
    const list = async function* () {
      for (const id of ids) {
        const found = await previous.load(id)
        if (found) yield { id, record: found }
      }
    }
    const to: SessionStore = {
      ...current,
      create: async (id, content) => {
        if (id === ids[50]) throw new Error('The new store is away.')
        return current.create(id, content)
      },
    }
    const move = async (target: SessionStore) => {
      for await (const _step of moveRecords({ from: { ...previous, list }, to: target, now }));
    }
    await expect(move(to)).rejects.toThrow('The new store is away.')
    const places = async (id: (typeof ids)[number]) =>
      (await Promise.all([previous.load(id), current.load(id)])).filter((each) => each !== null)
    for (const id of ids) expect(await places(id)).toMatchObject([record])
    await move(current)
    for (const id of ids) expect(await current.load(id)).toMatchObject(record)
  })
})
