import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { createVisitor, startServer } from '../harness.ts'
import type { Visitor } from '../harness.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-deploys-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const watch =
  'subscription { sessionEvents { __typename ... on SessionChanged { cart { totalQuantity } } ... on SessionEnded { reason } } }'

/** Opens a stream and gives all that comes until the connection ends; `whole` says whether it ended in order. */
async function read(url: string, visitor: Visitor, whenOpen: () => Promise<unknown>) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      cookie: `sessionid=${visitor.cookie}`,
    },
    body: JSON.stringify({ query: watch }),
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  void whenOpen()
  let text = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return { text, whole: true }
      text += value
    }
  } catch {
    return { text, whole: false } // TypeError: terminated
  }
}

describe('a stream', { tags: ['E24'] }, () => {
  test('a server that stops breaks its streams off, and those that begin then, so that their readers come back', async () => {
    const server = await startServer({ SHUTDOWN_DELAY: '2' })
    const visitor = server.visitor()
    await visitor.data(add)
    let stopped: Promise<void> | undefined
    const stream = await read(server.url, visitor, async () => {
      await visitor.data(add)
      stopped = server.stop()
    })
    expect(stream.text).toContain('SessionChanged')
    expect([stream.text.includes('event: complete'), stream.whole]).toEqual([false, false])

    const late = await read(server.url, visitor, async () => {}).catch(() => null)
    expect(late?.text ?? '').not.toContain('event: complete')
    expect(late?.whole ?? false).toBe(false)
    await stopped
  })

  test('the stream of a session that ends says so, and is complete', async () => {
    const server = await startServer()
    const visitor = server.visitor()
    await visitor.data(add)
    const stream = await read(server.url, visitor, () =>
      visitor.data('mutation { logout { __typename } }'),
    )
    expect(stream.text).toMatch(/SessionEnded[^]*event: complete/)
    expect(stream.whole).toBe(true)
    await server.stop()
  })
})

test(
  'graphql-sse gets changes again after another server has taken the place of the first',
  { tags: ['E24'] },
  async () => {
    const settings = {
      DATABASE_URL: `file:${join(folder, 'shop.db')}`,
      PORT: `${await freePort()}`,
    }
    const first = await startServer(settings)
    const visitor = first.visitor()
    await visitor.data(add)
    const client = createClient({
      url: `${first.url}/graphql`,
      headers: () => ({ cookie: `sessionid=${visitor.cookie}` }),
      retryAttempts: 50,
      on: { connected: () => connected++ },
      retry: () => new Promise((done) => setTimeout(done, 200)),
    })
    const heard: string[] = []
    let connected = 0
    let end: string | null = null
    const leave = client.subscribe(
      { query: watch },
      {
        next: (result) => heard.push(JSON.stringify(result.data)),
        error: (error) => (end = String(error)),
        complete: () => (end = 'complete'),
      },
    )
    const connection = (count: number) => expect.poll(() => connected).toBe(count)
    await connection(1)
    await visitor.data(add)
    await expect.poll(() => heard).toHaveLength(1)
    await first.stop()
    const second = await startServer(settings)
    const same = createVisitor(`${second.url}/graphql`, 'sessionid', visitor.cookie)
    await connection(2)
    await same.data(add)
    await expect.poll(() => heard.at(-1)).toContain('"totalQuantity":3')
    expect(end).toBeNull()
    leave()
    await second.stop()
  },
)
