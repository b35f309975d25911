import { afterAll, beforeAll, expect, test } from 'vitest'
import { endWithWord } from '../../src/auth/roster/last-words.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

function guestEnd() {
  const now = Date.now()
  const clocks = { createdAt: now, lastSeenAt: now, expiresAt: now + 600_000 }
  const record = { auth: null, data: {}, expiry: null, ...clocks, absoluteExpiresAt: null }
  return { id: idOf(createKey()), record, reason: 'LOGOUT' as const, now }
}

test('a last word that comes late is taken back where the record could not be removed', async () => {
  const { db } = server.app
  const end = guestEnd()
  let letGo = () => {}
  const held = new Promise<void>((done) => (letGo = done))
  const writes: Promise<unknown>[] = []
  const word = () => db.session.findUnique({ where: { id: end.id } })
  const ending = endWithWord(db, {
    ...end,
    remove: () => Promise.reject(new Error('The cache is away.')),
    write(work) {
      const writing = writes.length === 0 ? held.then(work) : Promise.resolve().then(work)
      writes.push(writing)
      return writing
    },
  })
  await expect(ending).rejects.toThrow('The cache is away.')
  expect(await word()).toBeNull()
  letGo()
  await expect.poll(() => writes.length).toBe(2)
  await Promise.all(writes)
  expect(await word()).toBeNull()
})

test('of two ends of a guest’s session at one moment the second learns that it was the second', async () => {
  const { db } = server.app
  const end = { ...guestEnd(), remove: async () => undefined }
  expect(await endWithWord(db, end)).toBe(true)
  expect(await endWithWord(db, end)).toBe(false)
  const later = { ...end, now: end.now + 60_000 }
  expect(await endWithWord(db, later)).toBe(true) // the first one was cut short before it removed the record
})
