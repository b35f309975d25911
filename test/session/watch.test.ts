import { expect, test } from 'vitest'
import { cartDefinition, emptyCart } from '../../src/features/cart/names.ts'
import { preferencesDefinition } from '../../src/features/preferences/names.ts'
import { valuesDefinition } from '../../src/features/values/names.ts'
import type { SessionSettings } from '../../src/session/settings.ts'
import { idOf } from '../../src/session/key.ts'
import type { SessionId, SessionKey } from '../../src/session/key.ts'
import { createWriterQueue } from '../../src/session/queue.ts'
import { Session } from '../../src/session/session.ts'
import { createClock } from '../harness.ts'
import { createStore } from './memory-store.ts'
import { noRoster } from './no-roster.ts'

const oneHat = { items: [{ sku: 'hat', quantity: 1, addedAt: 0 }] }

/** A guest's stored session, and what is published about it. */
async function setUp() {
  const clock = createClock()
  const published: SessionId[] = []
  const settings: SessionSettings = {
    store: createStore(),
    policy: { age: 300, absoluteAge: 0, expireAtBrowserClose: false },
    definitions: {
      cart: cartDefinition,
      preferences: preferencesDefinition,
      values: valuesDefinition,
    },
    maxBytes: 1000,
    queue: createWriterQueue(),
    now: clock.now,
    events: { publish: (id) => void published.push(id) },
  }
  const open = (key: SessionKey | null = null) => new Session(settings, noRoster, key)
  const first = open()
  first.set('values', { a: 1 })
  await first.commit()
  const { key } = first.kept!
  return { clock, settings, published, open, key, id: idOf(key) }
}

test('every watch of a session sees what is stored by then', async () => {
  const { open, key } = await setUp()
  const session = open(key)
  const before = session.watch()
  expect(await before.get('cart', emptyCart)).toEqual(emptyCart)
  const writer = open(key)
  writer.set('cart', oneHat)
  await writer.commit()
  expect(await before.get('cart', emptyCart)).toEqual(emptyCart)
  expect(await session.watch().get('cart')).toEqual(oneHat)
  const ender = open(key)
  ender.flush()
  await ender.commit()
  expect(await session.watch().id()).toBeNull()
})

test('a caller cannot change a session that it watches', async () => {
  const { open, key } = await setUp()
  expect(() => open(key).watch().set('values', {})).toThrow('The response has begun')
})

test('a request that watches depends on the cookie, and keeps nothing alive', async () => {
  const { clock, settings, open, key, id } = await setUp()
  clock.advance(100_000)
  const session = open(key)
  await session.id()
  session.watch()
  expect(session.accessed).toBe(true)
  const before = await settings.store.load(id)
  await session.close({ touch: true })
  expect(session.cookie).toBeNull()
  expect(await settings.store.load(id)).toEqual(before)
})

test('a change, a touch, a new key and an end are published under the key that they are about', async () => {
  const { clock, published, open, key, id } = await setUp()
  expect(published).toEqual([])
  const writer = open(key)
  writer.set('cart', oneHat)
  await writer.commit()
  expect(published).toEqual([id])

  clock.advance(100_000)
  const visitor = open(key)
  await visitor.id()
  await visitor.close({ touch: true })
  expect(published).toEqual([id, id])

  const mover = open(key)
  mover.cycleKey()
  await mover.commit()
  expect(published).toEqual([id, id, id])

  const moved = mover.kept!.key
  const ender = open(moved)
  ender.flush()
  await ender.commit()
  expect(published.at(-1)).toBe(idOf(moved))
  expect(published).toHaveLength(4)
})

test('a request that only reads, and a commit that has nothing to store, publish nothing', async () => {
  const { published, open, key } = await setUp()
  const reader = open(key)
  await reader.get('values')
  await reader.close({ touch: true })
  expect(published).toEqual([])
})

test('a commit that fails is published too: the session may be over half-way', async () => {
  const { settings, published, key, id } = await setUp()
  const store = {
    ...settings.store,
    delete: async () => {
      throw new Error('The store is away.')
    },
  }
  const ender = new Session({ ...settings, store }, noRoster, key)
  ender.flush()
  await expect(ender.commit()).rejects.toThrow('The store is away.')
  expect(published).toEqual([id])
})
