import { describe, expect, test } from 'vitest'
import type { SessionId } from '../../src/session/key.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { createStore } from './memory-store.ts'

const pause = () => new Promise((done) => setTimeout(done, 1))

/** For every promise of the contract, a store that breaks it and otherwise works. */
const broken: Record<string, (store: SessionStore) => Partial<SessionStore>> = {
  'what was never created loads as null': (store) => ({
    async load(id) {
      const found = await store.load(id)
      return found ?? { ...(await blank()), version: 1 }
    },
  }),

  'what was created loads, field by field, with its version': (store) => ({
    async create(id, record) {
      return store.create(id, {
        ...record,
        lastSeenAt: Math.trunc(record.lastSeenAt / 1000) * 1000,
      })
    },
  }),

  'the largest session that the server allows is kept whole': (store) => ({
    async create(id, record) {
      const { note } = record.data
      if (typeof note !== 'string') return store.create(id, record)
      return store.create(id, { ...record, data: { note: note.slice(0, 65_000) } })
    },
  }),

  'create never replaces': (store) => ({
    async create(id, record) {
      await store.delete(id)
      return store.create(id, record)
    },
  }),

  'of concurrent creates of one id, one wins and is kept': (store) => ({
    async create(id, record) {
      if (await store.load(id)) return null
      await pause()
      await store.delete(id)
      return store.create(id, record)
    },
  }),

  'save replaces the version it names, whole': (store) => ({
    async save(id, record, version) {
      const found = await store.load(id)
      return store.save(id, { ...record, data: { ...found?.data, ...record.data } }, version)
    },
  }),

  'save at an older version is a conflict and changes nothing, even where the content is the same again':
    (store) => ({
      async save(id, record, version) {
        const found = await store.load(id)
        // The version is made of the content, so an old one comes round again.
        if (found?.version !== version && version !== 1) return 'conflict'
        return store.save(id, record, found?.version ?? version)
      },
    }),

  'of concurrent saves of one version, one wins and the others are conflicts': (store) => ({
    async save(id, record, version) {
      const found = await store.load(id)
      if (found === null) return 'gone'
      if (found.version !== version) return 'conflict'
      await pause()
      return store.save(id, record, (await store.load(id))?.version ?? version)
    },
  }),

  'save of what was never created, or was deleted, is gone, and brings nothing back': (store) => ({
    async save(id, record, version) {
      const outcome = await store.save(id, record, version)
      return outcome === 'gone' ? ((await store.create(id, record)) ?? 'conflict') : outcome
    },
  }),

  'delete ends a session, whatever its version, and deleting nothing is fine': (store) => ({
    async delete(id, version) {
      const found = await store.load(id)
      if (version === undefined && found && Number(found.version) > 1) return
      return store.delete(id, version)
    },
  }),

  'delete at a version ends that one; a newer one is a conflict and stays': (store) => ({
    delete: (id) => store.delete(id),
  }),

  'of a save and a delete of one version, exactly one wins': (store) => ({
    async delete(id, version) {
      const found = await store.load(id)
      if (version !== undefined && found && found.version !== version) return 'conflict'
      await pause()
      return store.delete(id)
    },
  }),

  'no save that was under way survives a delete': (store) => ({
    async save(id, record, version) {
      if ((await store.load(id)) === null) return 'gone'
      await pause()
      const outcome = await store.save(id, record, version)
      return outcome === 'gone' ? ((await store.create(id, record)) ?? 'conflict') : outcome
    },
  }),

  'sessions do not touch each other': (store) => {
    const shortened = (id: SessionId) => id.slice(0, 0).padEnd(64, '0') as SessionId
    return {
      load: (id) => store.load(shortened(id)),
      async create(id, record) {
        await store.delete(shortened(id))
        return store.create(shortened(id), record)
      },
      save: (id, record, version) => store.save(shortened(id), record, version),
      delete: (id, version) => store.delete(shortened(id), version),
    }
  },

  'clearExpired removes what expired at or before the instant, in batches that it counts, and nothing else':
    (store) => ({
      clearExpired: (now, limit) => store.clearExpired(now - 1, limit),
    }),

  'list, where there is one, gives every record, as load does': (store) => ({
    async *list() {
      let count = 0
      for await (const entry of store.list!()) if (count++ < 500) yield entry
    },
  }),
}

describe('a store that breaks a promise fails its check', { tags: ['H22'] }, () => {
  test.each(storeContract)('$promise', async ({ promise, holds }) => {
    const store = createStore()
    await expect(holds({ ...store, ...broken[promise]!(store) }, {})).rejects.toMatchObject({
      name: 'AssertionError',
    })
  })

  test('each promise of the store contract has a broken store that fails it', () => {
    expect(Object.keys(broken).sort()).toEqual(storeContract.map(({ promise }) => promise).sort())
  })
})

test.each([
  ['too many', (store: SessionStore) => (now: number) => store.clearExpired(now, 100)],
  [
    'the living',
    (store: SessionStore) => (_now: number, limit: number) => store.clearExpired(Infinity, limit),
  ],
  [
    'and miscounts',
    (store: SessionStore) => async (now: number, limit: number) =>
      (await store.clearExpired(now, limit)) + 1,
  ],
])('a store whose clearExpired removes %s fails', async (_what, clearExpired) => {
  const store = createStore()
  const check = storeContract.find(({ promise }) => promise.startsWith('clearExpired'))!
  await expect(
    check.holds({ ...store, clearExpired: clearExpired(store) }, {}),
  ).rejects.toMatchObject({
    name: 'AssertionError',
  })
})

async function blank() {
  return {
    auth: null,
    data: {},
    expiry: null,
    createdAt: 0,
    lastSeenAt: 0,
    expiresAt: 1,
    absoluteExpiresAt: null,
  }
}
