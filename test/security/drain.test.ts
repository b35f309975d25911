import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { idOf } from '../../src/session/key.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { createVisitor } from '../harness.ts'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'

const add =
  'mutation { addCartItem(input: { sku: "hat" }) { __typename ... on CartSuccess { cart { totalQuantity } } ... on Error { code } } }'
const watch =
  'subscription { sessionEvents { ... on SessionChanged { cart { totalQuantity } } ... on SessionEnded { reason } } }'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-drain-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A client that keeps its connection, as proxies do. */
interface Client {
  readonly agent: Agent
  readonly cookie: string
}

/** Posts an operation over the client's own connection. Rejects with what the socket says. */
function post(url: string, { agent, cookie }: Client, query: string, accept = 'application/json') {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { 'content-type': 'application/json', accept, cookie: `sessionid=${cookie}` }
    const sending = request(`${url}/graphql`, { method: 'POST', agent, headers }, resolve)
    sending.once('error', reject)
    sending.end(JSON.stringify({ query }))
  })
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return text
}

/** A guest with something in the cart, so that there is a session. */
async function createClient(url: string): Promise<Client> {
  const visitor = createVisitor(`${url}/graphql`, 'sessionid', null)
  await visitor.data(add)
  return { agent: new Agent({ keepAlive: true, maxSockets: 1 }), cookie: visitor.cookie! }
}

/** How many hats each client has, according to a server that is started anew. */
async function countHats(clients: readonly Client[]): Promise<number[]> {
  const server = await startProcess(folder)
  const counting = clients.map(async ({ cookie }) => {
    const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', cookie)
    return (await visitor.data('{ cart { totalQuantity } }')).cart.totalQuantity as number
  })
  const counted = await Promise.all(counting)
  await server.stop()
  return counted
}

/** Adds hats, over one connection after the other where the server closes them, and says how many; until `isOver`. */
async function addUntil(isOver: () => boolean, url: string, client: Client): Promise<number> {
  let added = 0
  for (; !isOver(); added++) {
    const response = await post(url, client, add)
    const { data } = JSON.parse(await textOf(response))
    expect([response.statusCode, data.addCartItem.__typename]).toEqual([200, 'CartSuccess'])
  }
  return added
}

test(
  'SIGTERM under load makes the server not ready at once, resets no connection, loses no write, breaks streams off, and exits with 0',
  { tags: ['K1', 'E24'] },
  async () => {
    const server = await startProcess(folder, { SHUTDOWN_DELAY: '6' })
    const clients = await Promise.all(Array.from({ length: 20 }, () => createClient(server.url)))
    const streams = await Promise.all(
      clients.slice(0, 5).map((client) => {
        const own = { ...client, agent: new Agent() }
        return post(server.url, own, watch, 'text/event-stream')
      }),
    )
    const heard = streams.map(() => '')
    const cut: Error[] = []
    const watched = streams.map(async (stream, at) => {
      try {
        for await (const chunk of stream.setEncoding('utf8')) heard[at] += chunk
      } catch (error) {
        cut.push(error as Error)
      }
    })
    let isOver = false
    const adding = clients.map((client) => addUntil(() => isOver, server.url, client))
    await expect.poll(() => heard.every((text) => text.includes('"totalQuantity":'))).toBe(true)

    server.child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(503)
    const late = await fetch(`${server.url}/health`)
    expect([late.status, late.headers.get('connection')]).toEqual([200, 'close'])

    // A proxy that asks for /ready every half second has not noticed yet.
    await sleep(500)
    isOver = true
    const added = await Promise.all(adding)
    expect(await server.ended).toBe(0)
    await Promise.all(watched)
    // "Complete" would mean that nothing more will ever come: readers do not come back then.
    expect(cut.map(({ message }) => message)).toEqual(streams.map(() => 'aborted'))
    for (const text of heard) expect(text).not.toContain('event: complete')
    expect(Math.min(...added)).toBeGreaterThan(0)
    expect(await countHats(clients)).toEqual(added.map((count) => count + 1))
    for (const { agent } of clients) agent.destroy()
  },
)

describe('an impatient operator, and a fault', () => {
  const stop = async (server: ServerProcess) => {
    server.child.kill('SIGKILL')
    await server.ended
  }

  const key = 'A'.repeat(43)

  /** An engine that fails where no code can catch it, as soon as this key is asked for. */
  const faulty = (fault: string) => `
    export function createStore() {
      const nothing = async () => null
      return {
        load(id) { if (id === '${idOf(key as SessionKey)}') { ${fault} }; return nothing() },
        create: nothing, save: async () => 'gone', delete: nothing, clearExpired: async () => 0,
      }
    }`

  test.each([
    ['a throw in a timer', 'setTimeout(() => { throw new Error("planted") })'],
    ['a rejection', 'void Promise.reject(new Error("planted"))'],
  ])(
    '%s that no code catches is logged, and the process finishes what is under way and exits with 1',
    { tags: ['K2'] },
    async (_what, fault) => {
      writeFileSync(join(folder, 'faulty.mjs'), faulty(fault))
      const server = await startProcess(folder, {
        NODE_ENV: 'production',
        SECRET_KEY: 'k'.repeat(32),
        SESSION_ENGINE: './faulty.mjs',
        SHUTDOWN_DELAY: '1',
      })
      try {
        const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', key)
        expect((await visitor.send('{ session { id } }')).status).toBe(200)
        expect(await server.ended).toBe(1)
        const lines = server.output().trim().split('\n')
        const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
        expect(logged.find(({ level }) => level === 60)).toMatchObject({
          err: { message: 'planted', stack: expect.any(String) },
        })
        expect(logged.at(-1)).toMatchObject({ msg: 'stopped' })
      } finally {
        await stop(server)
      }
    },
  )

  test(
    'a second SIGTERM ends the process at once, whatever is under way',
    { tags: ['K1'] },
    async () => {
      const server = await startProcess(folder, { SHUTDOWN_DELAY: '60' })
      try {
        server.child.kill('SIGTERM')
        await expect.poll(async () => (await fetch(`${server.url}/ready`)).status).toBe(503)
        server.child.kill('SIGTERM')
        expect(await server.ended).toBe(1)
      } finally {
        await stop(server)
      }
    },
  )
})
