import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { SessionStore } from '../../src/session/store.ts'
import { startServer } from '../harness.ts'
import { createStore } from './memory-store.ts'

const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ cart { totalQuantity } }'

/** The same store, for which each session moves at its next write. */
function withoutList({ list: _list, ...others }: SessionStore): SessionStore {
  return others
}

/** A SQLite file of its own, in a folder that is gone after the test. */
function databaseOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-late-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return `file:${join(folder, 'late.db')}`
}

test('a session that moves with a write outlives the late answer of a store to another server that gave up the same move', async () => {
  const [old, fresh] = [createStore(), createStore()]
  const previousEngine = () => withoutList(old)
  const settings = { DATABASE_URL: databaseOfTest(), SESSION_STORE_TIMEOUT: '500' }
  let letAnswer = () => {}
  const answers = new Promise<void>((done) => (letAnswer = done))
  const late: typeof fresh = {
    ...fresh,
    async create(...words) {
      const version = await fresh.create(...words)
      await answers
      return version
    },
  }
  const before = await startServer(settings, { engine: () => old })
  const slow = await startServer(settings, { engine: () => late, previousEngine })
  const other = await startServer(settings, { engine: () => fresh, previousEngine })
  onTestFinished(() => Promise.all([before, slow, other].map((each) => each.stop())).then(() => {}))
  const guest = before.visitor()
  await guest.data(add)
  const { cookie } = guest
  expect((await slow.visitor(cookie).send(add)).errors?.[0].extensions.code).toBe(
    'SESSION_STORE_UNAVAILABLE',
  )
  await other.visitor(cookie).data(add)
  letAnswer()
  await sleep(50)
  expect(await other.visitor(cookie).data(look)).toEqual({ cart: { totalQuantity: 2 } })
})

test('a write to a session that others write at every attempt of its move is answered SESSION_BUSY', async () => {
  const [old, fresh] = [createStore(), createStore()]
  const busy: typeof old = {
    ...old,
    // Only the mark of a record that leaves has such a name.
    save: async (id, record, version) =>
      Object.keys(record.data).some((name) => name.startsWith(' '))
        ? 'conflict'
        : old.save(id, record, version),
  }
  const settings = { DATABASE_URL: databaseOfTest() }
  const before = await startServer(settings, { engine: () => old })
  const server = await startServer(settings, {
    engine: () => fresh,
    previousEngine: () => withoutList(busy),
  })
  onTestFinished(() => Promise.all([before, server].map((each) => each.stop())).then(() => {}))
  const guest = before.visitor()
  await guest.data(add)
  const { errors } = await server.visitor(guest.cookie).send(add)
  expect(errors?.[0].extensions.code).toBe('SESSION_BUSY')
})
