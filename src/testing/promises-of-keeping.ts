import assert from 'node:assert/strict'
import type { StoredRecord } from '../session/store.ts'
import { created, expiringAt, newId, newRecord, noteOf, saved, times, variety } from './records.ts'
import type { StorePromise } from './store-promise.ts'

/** What holds for one caller. */
export const promisesOfKeeping: readonly StorePromise[] = [
  {
    promise: 'what was never created loads as null',
    async holds(store) {
      assert.equal(await store.load(newId()), null)
    },
  },
  {
    promise: 'what was created loads, field by field, with its version',
    async holds(store) {
      for (const record of variety()) {
        const id = newId()
        const version = await store.create(id, record)
        assert.notEqual(version, null)
        assert.deepEqual(await store.load(id), { ...record, version })
      }
    },
  },
  {
    promise: 'the largest session that the server allows is kept whole',
    async holds(store, { largest = 65_536 }) {
      const id = newId()
      const frame = Buffer.byteLength(JSON.stringify({ note: '' }))
      const record = { ...newRecord(), data: { note: 'x'.repeat(largest - frame) } }
      const version = await store.create(id, record)
      assert.deepEqual(await store.load(id), { ...record, version })
    },
  },
  {
    promise: 'create never replaces',
    async holds(store) {
      const id = newId()
      const version = await store.create(id, newRecord('first'))
      assert.equal(await store.create(id, newRecord('second')), null)
      assert.deepEqual(await store.load(id), { ...newRecord('first'), version })
    },
  },
  {
    promise: 'save replaces the version it names, whole',
    async holds(store) {
      const id = newId()
      let version = await created(store, id)
      for (const record of variety()) {
        version = saved(await store.save(id, record, version))
        assert.deepEqual(await store.load(id), { ...record, version })
      }
    },
  },
  {
    promise: 'save of what was never created, or was deleted, is gone, and brings nothing back',
    async holds(store) {
      const never = newId()
      const id = newId()
      const version = await created(store, id)
      assert.equal(await store.save(never, newRecord(), version), 'gone')
      await store.delete(id)
      assert.equal(await store.save(id, newRecord(), version), 'gone')
      assert.equal(await store.load(never), null)
      assert.equal(await store.load(id), null)
    },
  },
  {
    promise: 'delete ends a session, whatever its version, and deleting nothing is fine',
    async holds(store) {
      const id = newId()
      await store.save(id, newRecord('newer'), await created(store, id))
      assert.equal(await store.delete(id), undefined)
      assert.equal(await store.load(id), null)
      assert.equal(await store.delete(id), undefined)
      assert.equal(await store.delete(newId()), undefined)
    },
  },
  {
    promise: 'delete at a version ends that one; a newer one is a conflict and stays',
    async holds(store) {
      const id = newId()
      const first = await created(store, id)
      const second = saved(await store.save(id, newRecord('newer'), first))
      assert.equal(await store.delete(id, first), 'conflict')
      assert.deepEqual(await store.load(id), { ...newRecord('newer'), version: second })
      assert.equal(await store.delete(id, second), undefined)
      assert.equal(await store.load(id), null)
      assert.equal(await store.delete(id, second), undefined)
    },
  },
  {
    promise: 'sessions do not touch each other',
    async holds(store) {
      const [one, other] = [newId(), newId()]
      const version = await created(store, one, newRecord('one'))
      await store.save(other, newRecord('wrong'), await created(store, other, newRecord('other')))
      assert.equal(noteOf(await store.load(one)), 'one')
      await store.delete(one, version)
      assert.equal(noteOf(await store.load(other)), 'wrong')
    },
  },
  {
    promise:
      'clearExpired removes what expired at or before the instant, in batches that it counts, and nothing else',
    async holds(store, { forgetsByItself = false }) {
      const now = Date.now()
      const alive = newId()
      await store.create(alive, expiringAt(now + 60_000))
      if (forgetsByItself) {
        assert.equal(await store.clearExpired(now, 10), 0)
      } else {
        const over = times(5, newId)
        for (const [at, id] of over.entries()) await store.create(id, expiringAt(now - at))
        assert.equal(await store.clearExpired(now, 3), 3)
        assert.equal(await store.clearExpired(now, 3), 2)
        assert.equal(await store.clearExpired(now, 3), 0)
        for (const id of over) assert.equal(await store.load(id), null)
      }
      assert.notEqual(await store.load(alive), null)
    },
  },
  {
    promise: 'list, where there is one, gives every record, as load does',
    async holds(store) {
      if (!store.list) return
      const ids = times(600, newId)
      const ended = newId()
      await Promise.all([...ids, ended].map((id) => store.create(id, newRecord(id))))
      await store.delete(ended)
      const listed: { id: string; record: StoredRecord }[] = []
      for await (const entry of store.list()) listed.push(entry)
      assert.deepEqual([...new Set(listed.map(({ id }) => id))].sort(), [...ids].sort())
      if (store.size) assert.ok((await store.size(Date.now())) >= ids.length)
      for (const { id, record } of listed.slice(0, 20)) {
        assert.equal(noteOf(record), id)
        assert.deepEqual(record, await store.load(ids.find((known) => known === id) ?? newId()))
      }
    },
  },
]
