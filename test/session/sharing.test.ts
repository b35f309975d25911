import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const visited = () => ({
  request: { headers: {} },
  client: { ipAddress: null, userAgent: null },
  headers: [] as string[],
})

test('the session that handlers of a request share is over once the first of them has failed, and a later one gets its own', async () => {
  const { withSession } = server.app
  const exchange = visited()
  const failing = withSession(exchange, async () => Promise.reject(new Error('failed')), true)
  await expect(failing).rejects.toThrow('failed')
  await withSession(exchange, ({ session }) => session.update('values', () => ({ a: 1 })), true)
  expect(exchange.headers).toContain('Set-Cookie')
})

test('the session that handlers of a request share is over once it could not be stored, and a later one gets its own', async () => {
  const { withSession } = server.app
  const exchange = visited()
  const failing = withSession(
    exchange,
    ({ session }) => {
      session.update('values', () => {
        throw new Error('not stored')
      })
    },
    true,
  )
  await expect(failing).rejects.toThrow('not stored')
  await withSession(exchange, ({ session }) => session.update('values', () => ({ a: 1 })), true)
  expect(exchange.headers).toContain('Set-Cookie')
})
