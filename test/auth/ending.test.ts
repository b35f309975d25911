import { afterAll, beforeAll, expect, test } from 'vitest'
import { endSessions } from '../../src/auth/ending.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

test('records kept elsewhere are deleted, and a store that fails changes nothing about the end', async () => {
  const { db, settings } = server.app
  const at = settings.now()
  const times = { createdAt: new Date(at), lastSeenAt: new Date(at), expiresAt: new Date(at + 9e5) }
  await db.session.createMany({
    data: [
      { id: 'a'.repeat(64), version: 0, ...times },
      { id: 'b'.repeat(64), version: 1, data: '{}', ...times },
    ],
  })
  const asked: string[] = []
  const told: string[] = []
  const store = {
    ...settings.store,
    async delete(id: string) {
      asked.push(id)
      throw new Error('The store is away.')
    },
  }
  const log = { warn: (_details: object, message: string) => void told.push(message) }

  const ended = await endSessions({ db, settings: { ...settings, store }, log }, {}, 'REVOKED')

  expect([...ended].sort()).toEqual(['a'.repeat(64), 'b'.repeat(64)])
  expect(asked).toEqual(['a'.repeat(64)])
  expect(told).toHaveLength(1)
  expect(await db.session.count({ where: { endedAt: null } })).toBe(0)
})
