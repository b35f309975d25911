import { afterAll, beforeAll, expect, test } from 'vitest'
import { fateOf } from '../../src/auth/roster/fate.ts'
import { endWithWord } from '../../src/auth/roster/last-words.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import { moveRecord } from '../../src/session/moving/move.ts'
import { createMovingStore } from '../../src/session/moving/moving-store.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { createStore } from '../session/memory-store.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const now = Date.now

/** The most calls to stores that a move makes here. */
const most = 10

/**
 * Moves a guest's session while it ends: the last word comes before one call of the move, and the end before the same or a
 * later one. Gives how often a look found no record, and no reason either, what is left, and how many calls the move made.
 */
async function play(way: 'there' | 'back', order: 'there' | 'back', wordAt: number, endAt: number) {
  const { db } = server.app
  const stores = { rows: createDatabaseStore(db), elsewhere: createStore() }
  const [from, to] =
    way === 'there' ? [stores.rows, stores.elsewhere] : [stores.elsewhere, stores.rows]
  const [current, previous] =
    order === 'there' ? [stores.elsewhere, stores.rows] : [stores.rows, stores.elsewhere]
  const moving = createMovingStore({ current, previous, now })
  const id = idOf(createKey())
  const at = now()
  const clocks = { createdAt: at, lastSeenAt: at, expiresAt: at + 600_000, absoluteExpiresAt: null }
  const record = { auth: null, data: { cart: {} }, expiry: null, ...clocks }
  await from.create(id, record)
  let [calls, silences] = [0, 0]
  let ending: Promise<unknown> | null = null
  let letEnd = () => {}
  const mayEnd = new Promise<void>((done) => (letEnd = done))
  const look = async () => {
    if ((await moving.load(id)) !== null) return
    if ((await fateOf(db, id, null, now())).reason !== 'LOGOUT') silences++
  }
  const begin = () =>
    new Promise<void>((hasWord) => {
      const remove = async () => {
        hasWord()
        await mayEnd
        await moving.delete(id)
      }
      ending = endWithWord(db, { id, record, reason: 'LOGOUT', now: now(), remove })
    })
  const end = async () => {
    letEnd()
    await ending
  }
  const step = async () => {
    const call = calls++
    if (call === wordAt) await begin()
    if (call === endAt) await end()
    await look()
  }
  const paced = (store: SessionStore) =>
    new Proxy(store, {
      get(target, name: keyof SessionStore) {
        const call = target[name]
        if (typeof call !== 'function') return call
        return async (...words: unknown[]) => {
          await step()
          return (call as (...words: unknown[]) => unknown).apply(target, words)
        }
      },
    })
  await moveRecord({ from: paced(from), to: paced(to), now }, id)
  const made = calls
  if (ending === null) await begin()
  await end()
  await look()
  return { silences, made, left: await moving.load(id) }
}

test.each([
  ['from', 'there'],
  ['to', 'back'],
] as const)(
  'a guest’s logout in the middle of a move of the session %s the database gives its reason from the first moment, whichever call of the move it meets',
  async (_name, way) => {
    let longest = 0
    for (const order of ['there', 'back'] as const)
      for (let wordAt = 0; wordAt < most; wordAt++)
        for (let endAt = wordAt; endAt < most; endAt++) {
          const { made, ...found } = await play(way, order, wordAt, endAt)
          const when = { order, wordAt, endAt }
          expect({ ...when, ...found }).toEqual({ ...when, silences: 0, left: null })
          longest = Math.max(longest, made)
        }
    expect(longest).toBeGreaterThan(4)
    expect(longest).toBeLessThanOrEqual(most)
  },
)
