import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../src/config/config.ts'
import { forReading, serve } from '../src/http/server.ts'
import type { RunningServer } from '../src/http/server.ts'
import { sendNothing } from '../src/http/answer.ts'

const logs: string[] = []
const fault = new Error('the probe itself is broken')
const answers: (() => Promise<{ isReady: boolean; says: object }>)[] = [
  async () => ({ isReady: true, says: { status: 'ready' } }),
  async () => ({ isReady: false, says: { status: 'unavailable', failed: ['store'] } }),
  () => Promise.reject(fault),
]
let server: RunningServer

beforeAll(async () => {
  const log = pino({ level: 'error' }, { write: (line) => void logs.push(line) })
  const config = readConfig({ HOST: '127.0.0.1', PORT: '0' })
  const served = {
    handlers: { '*': forReading((exchange) => sendNothing(exchange, 204)) },
    readiness: () => answers.shift()!(),
    close() {},
  }
  server = await serve(served, { ...config, log })
})

afterAll(async () => {
  await server.stop()
})

test('/ready answers 503, and the server goes on, where what tells its readiness fails', async () => {
  const seen = async () => {
    const answer = await fetch(`${server.url}/ready`)
    return [answer.status, await answer.json()]
  }
  expect(await seen()).toEqual([200, { status: 'ready' }])
  expect(await seen()).toEqual([503, { status: 'unavailable', failed: ['store'] }])
  expect(logs).toEqual([])
  expect(await seen()).toEqual([503, { status: 'unavailable' }])
  expect(logs).toHaveLength(1)
  expect(logs[0]).toContain(fault.message)
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
})

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
  'a handler for reading answers 405 to %s, and names GET and HEAD',
  async (method) => {
    const answer = await fetch(server.url, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  },
)

test.each(['GET', 'HEAD'])('a handler for reading answers %s', async (method) => {
  expect((await fetch(server.url, { method })).status).toBe(204)
})
