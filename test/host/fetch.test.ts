import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCoat } from './open-coat.ts'
import type { OpenCoat } from './open-coat.ts'

let opened: OpenCoat
beforeAll(async () => {
  opened = await openCoat({ DATA_UPLOAD_MAX_MEMORY_SIZE: '1024' })
})
afterAll(() => opened.remove())

const url = 'https://shop.example/api/graphql'
const me = '{ me { username } }'
const addItem = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const subscription = 'subscription { sessionEvents { __typename } }'

function request(query: string, init: RequestInit & { cookie?: string } = {}): Request {
  const { cookie, ...rest } = init
  return new Request(url, {
    method: 'POST',
    body: JSON.stringify({ query }),
    ...rest,
    headers: {
      'content-type': 'application/json',
      ...(cookie !== undefined && { cookie }),
      ...(rest.headers as Record<string, string>),
    },
  })
}

/** The cookie of a guest who has a session. */
async function guest(): Promise<string> {
  const answer = await opened.coat.fetch(request(addItem))
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

const openStream = (cookie: string, signal?: AbortSignal) =>
  opened.coat.fetch(
    request(subscription, {
      cookie,
      headers: { accept: 'text/event-stream' },
      ...(signal && { signal }),
    }),
  )

test('coat.fetch answers a request without a socket, with its cookie, under any prefix', async () => {
  const { coat } = opened
  const cookie = await guest()
  const answer = await coat.fetch(request('{ cart { totalQuantity } }', { cookie }))
  expect(await answer.json()).toEqual({ data: { cart: { totalQuantity: 1 } } })
  expect(answer.headers.get('connection')).toBeNull()
  expect((await coat.fetch(new Request('https://shop.example/nope'))).status).toBe(404)
  const elsewhere = new Request(`https://shop.example/query?query=${encodeURIComponent(me)}`)
  expect((await coat.fetch(elsewhere.clone())).status).toBe(404)
  expect((await coat.fetch(elsewhere, { door: 'graphql' })).status).toBe(200)
  const pages = await coat.fetch(new Request('https://shop.example/x/admin?page=sign-in'))
  expect(pages.status).toBe(200)
})

test('coat.fetch answers HEAD without a body', async () => {
  const answer = await opened.coat.fetch(new Request(url, { method: 'HEAD' }))
  expect([answer.status, answer.body]).toEqual([405, null])
})

test('coat.fetch sends several cookies of one answer as several headers', async () => {
  const cookie = `${await guest()}; ${await guest()}`
  const answer = await opened.coat.fetch(request(addItem, { cookie }))
  expect(answer.headers.getSetCookie().length).toBeGreaterThan(1)
  for (const line of answer.headers.getSetCookie()) expect(line).toMatch(/^sessionid=[^,]*$/)
})

test('coat.fetch refuses a body past the limit before it is read to its end, and answers 500 for one that the host has used', async () => {
  let pulled = 0
  const body = new ReadableStream<Uint8Array>({
    pull(stream) {
      if (pulled++ < 1000) stream.enqueue(new Uint8Array(1024).fill(32))
      else stream.close()
    },
  })
  const init = { body, duplex: 'half' } as RequestInit
  expect((await opened.coat.fetch(request(me, init))).status).toBe(413)
  expect(pulled).toBeLessThan(200)
  const used = request(me)
  await used.text()
  expect((await opened.coat.fetch(used)).status).toBe(500)
  const parsed = request(me)
  expect(await (await opened.coat.fetch(parsed, { body: await parsed.json() })).json()).toEqual({
    data: { me: null },
  })
})

test('a stream of coat.fetch whose reader cancels it, or whose request is aborted, gives its place back', async () => {
  const cookie = await guest()
  // A session has ten places.
  for (let count = 0; count < 25; count++) {
    const caller = new AbortController()
    const answer = await openStream(cookie, caller.signal)
    expect(answer.status).toBe(200)
    if (count % 2 === 0) await answer.body?.cancel()
    else {
      caller.abort()
      await expect(answer.text()).rejects.toThrow()
    }
  }
})

test('a stream of coat.fetch passes events on as they come, at the pace of its reader', async () => {
  const cookie = await guest()
  const answer = await openStream(cookie)
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader()
  await opened.coat.fetch(request(addItem, { cookie }))
  let text = ''
  while (!text.includes('SessionChanged')) {
    const { value } = await reader.read()
    text += new TextDecoder().decode(value)
  }
  await opened.coat.fetch(request('mutation { logout { session { id } } }', { cookie }))
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    text += new TextDecoder().decode(value)
  }
  expect(text).toContain('SessionEnded')
  expect(text).toContain('event: complete')
})

test('coat.fetch rejects with the reason where a request is aborted before its answer', async () => {
  const caller = new AbortController()
  const answer = opened.coat.fetch(request(me, { signal: caller.signal }))
  caller.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
  await expect(
    opened.coat.fetch(request(me, { signal: AbortSignal.abort(new Error('before')) })),
  ).rejects.toThrow('before')
})
