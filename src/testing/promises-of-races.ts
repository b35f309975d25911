import assert from 'node:assert/strict'
import { created, newId, newRecord, noteOf, saved, times } from './records.ts'
import type { StorePromise } from './store-promise.ts'

/** What holds however many callers a store has at a time. */
export const promisesOfRaces: readonly StorePromise[] = [
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
]
