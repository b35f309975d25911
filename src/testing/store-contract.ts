import assert from 'node:assert/strict'
import { createKey, idOf } from '../session/key.ts'
import type { SessionRecord } from '../session/record.ts'
import type { SessionStore, StoredRecord, Version } from '../session/store.ts'

/** What a medium cannot help, for the contract to leave out. */
export interface StoreLimits {
  /** The medium removes expired records itself: `clearExpired` has nothing to do and says 0. */
  readonly forgetsByItself?: boolean
  /** The most JSON that a record's data may come to, in bytes; 65,536 where nothing is said. */
  readonly largest?: number
}

/** One promise of `SessionStore`. `holds` rejects with an AssertionError where `store`, which is empty, breaks it. */
export interface StorePromise {
  readonly promise: string
  readonly holds: (store: SessionStore, limits: StoreLimits) => Promise<void>
}

/** Everything that `SessionStore` promises. Ids are random and never used again, as in the server. */
export const storeContract: readonly StorePromise[] = [
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
    promise: 'of concurrent creates of one id, one wins and is kept',
    async holds(store) {
      const id = newId()
      const versions = await Promise.all(
        times(10, (at) => store.create(id, newRecord(`writer ${at}`))),
      )
      const winners = versions.flatMap((version, at) => (version === null ? [] : [at]))
      assert.equal(winners.length, 1)
      assert.equal(noteOf(await store.load(id)), `writer ${winners[0]}`)
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
    promise:
      'save at an older version is a conflict and changes nothing, even where the content is the same again',
    async holds(store) {
      const id = newId()
      const first = await created(store, id, newRecord('a'))
      const second = saved(await store.save(id, newRecord('b'), first))
      const third = saved(await store.save(id, newRecord('a'), second))
      assert.equal(new Set([first, second, third]).size, 3)
      for (const old of [first, second]) {
        assert.equal(await store.save(id, newRecord('late'), old), 'conflict')
      }
      assert.deepEqual(await store.load(id), { ...newRecord('a'), version: third })
    },
  },
  {
    promise: 'of concurrent saves of one version, one wins and the others are conflicts',
    async holds(store) {
      for (let round = 0; round < 10; round++) {
        const id = newId()
        const version = await created(store, id)
        const outcomes = await Promise.all(
          times(10, (at) => store.save(id, newRecord(`writer ${at}`), version)),
        )
        const winners = outcomes.flatMap((outcome, at) => (outcome === 'conflict' ? [] : [at]))
        assert.equal(winners.length, 1)
        const winner = winners[0] ?? 0
        const expected = { ...newRecord(`writer ${winner}`), version: outcomes[winner] }
        assert.deepEqual(await store.load(id), expected)
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
    promise: 'of a save and a delete of one version, exactly one wins',
    async holds(store) {
      for (let round = 0; round < 20; round++) {
        const id = newId()
        const version = await created(store, id)
        const save = () => store.save(id, newRecord('newer'), version)
        const remove = () => store.delete(id, version)
        const first = round % 2 === 0 ? save() : remove()
        const second = round % 2 === 0 ? remove() : save()
        const outcomes = await Promise.all([first, second])
        const [saving, deleting] = round % 2 === 0 ? outcomes : outcomes.reverse()
        const left = await store.load(id)
        if (deleting === 'conflict')
          assert.deepEqual(left, { ...newRecord('newer'), version: saving })
        else assert.deepEqual([saving, left], ['gone', null])
      }
    },
  },
  {
    promise: 'no save that was under way survives a delete',
    async holds(store) {
      for (let round = 0; round < 20; round++) {
        const id = newId()
        const version = await created(store, id)
        const writer = async (): Promise<void> => {
          let current = version
          for (let saves = 0; saves < 50; saves++) {
            const outcome = await store.save(id, newRecord('late'), current)
            if (outcome === 'conflict' || outcome === 'gone') return
            current = outcome
          }
        }
        const writing = Promise.all(times(3, writer))
        await store.load(id)
        await store.delete(id)
        assert.equal(await store.load(id), null)
        await writing
        assert.equal(await store.load(id), null)
      }
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
    promise: 'list, where there is one, gives every record once, as load does',
    async holds(store) {
      if (!store.list) return
      const ids = times(600, newId)
      const ended = newId()
      await Promise.all([...ids, ended].map((id) => store.create(id, newRecord(id))))
      await store.delete(ended)
      const listed: { id: string; record: StoredRecord }[] = []
      for await (const entry of store.list()) listed.push(entry)
      assert.deepEqual(listed.map(({ id }) => id).sort(), [...ids].sort())
      for (const { id, record } of listed.slice(0, 20)) {
        assert.equal(noteOf(record), id)
        assert.deepEqual(record, await store.load(ids.find((known) => known === id) ?? newId()))
      }
    },
  },
]

function newId() {
  return idOf(createKey())
}

function newRecord(note = 'kept'): SessionRecord {
  return { ...expiringAt(began + 86_400_000), data: { note } }
}

// Whole seconds would hide a medium that keeps no milliseconds.
const began = Date.now() - (Date.now() % 1000) + 123

function expiringAt(expiresAt: number): SessionRecord {
  return {
    auth: null,
    data: {},
    expiry: null,
    createdAt: began,
    lastSeenAt: began,
    expiresAt,
    absoluteExpiresAt: null,
  }
}

/** Records that a careless medium would spoil. */
function variety(): SessionRecord[] {
  const record = newRecord()
  const awkward = JSON.parse(
    '{"empty":"","text":"ü 漢字 \\ud83e\\udde5 \\u0000 \\r\\n\\"","numbers":[0,-1.5,1e21],"nothing":null,"deep":{"a":[{"b":[[]]}],"__proto__":{"x":1}},"$set":{}}',
  ) as SessionRecord['data']
  return [
    record,
    { ...record, data: {} },
    { ...record, data: awkward },
    { ...record, auth: { userId: '0192', epoch: 3, backend: 'password' } },
    { ...record, expiry: 1_209_600, absoluteExpiresAt: began + 2_592_000_000 },
    { ...record, expiry: 'browser', lastSeenAt: began + 999 },
    { ...record, expiry: { at: record.expiresAt } },
    // Memcached reads a TTL past thirty days as a date.
    { ...record, expiry: 34_560_000, expiresAt: began + 34_560_000_000 },
  ]
}

async function created(store: SessionStore, id: ReturnType<typeof newId>, record = newRecord()) {
  const version = await store.create(id, record)
  assert.ok(version !== null, 'create of a new id must give a version')
  return version
}

function saved(outcome: Version | 'conflict' | 'gone'): Version {
  assert.ok(outcome !== 'conflict' && outcome !== 'gone', `save said ${outcome}`)
  return outcome
}

function noteOf(record: SessionRecord | null) {
  return record?.data['note']
}

function times<Result>(count: number, make: (at: number) => Result): Result[] {
  return Array.from({ length: count }, (_, at) => make(at))
}
