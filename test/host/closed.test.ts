import type { ServerResponse } from 'node:http'
import express from 'express'
import { expect, test } from 'vitest'
import { openCoat } from './open-coat.ts'
import { serveListener } from './routes.ts'

const closed = 'The application is closed.'

test('routes of a closed application answer 503 in our form, whether the host is Express, node:http or fetch', async () => {
  const { coat, remove } = await openCoat()
  let calls = 0
  const listener = coat.withSession((_request: unknown, response: ServerResponse) => {
    calls++
    response.end()
  })
  const answers = coat.fetchWithSession(() => {
    calls++
    return new Response()
  })
  const web = express()
  web.use(listener)
  const hosts = [await serveListener(web), await serveListener(listener)]
  try {
    await coat.close()
    for (const host of hosts) {
      const { status, headers, text } = await host.ask('/')
      expect([status, headers.get('retry-after'), JSON.parse(text)]).toEqual([503, '1', busy])
    }
    const answer = await answers(new Request('http://localhost/'))
    const { status, headers } = answer
    expect([status, headers.get('retry-after'), await answer.json()]).toEqual([503, '1', busy])
    expect(calls).toBe(0)
  } finally {
    for (const host of hosts) await host.stop()
    await remove()
  }
})

const busy = {
  errors: [{ message: 'The server is stopping.', extensions: { code: 'SERVER_BUSY' } }],
}

test('what code asks of a closed application is refused with a sentence that says so', async () => {
  const { coat, remove } = await openCoat()
  await coat.close()
  const request = new Request('http://localhost/')
  for (const ask of [
    () => coat.session(request),
    () => coat.vouch('ada', 'sso'),
    () => coat.authenticate({ username: 'ada', password: 'x' }, { address: null }),
    () => coat.users.find({ username: 'ada' }),
    () => coat.users.create({ username: 'ada', password: null }),
    () => coat.sessions.list(),
    () => coat.sessions.revokeAll({ userId: 'x' }),
    () => coat.serve({ port: 0 }),
  ])
    await expect(ask()).rejects.toThrow(closed)
  expect(await coat.isReady()).toBe(false)
  await remove()
})

test('closing waits for a route that is under way, which may still store its session and ask for users', async () => {
  const { coat, remove } = await openCoat()
  let proceed = () => {}
  const isOpen = new Promise<void>((resolve) => (proceed = resolve))
  let begin = () => {}
  const hasBegun = new Promise<void>((resolve) => (begin = resolve))
  const host = await serveListener(
    coat.withSession(async (_request: unknown, response: ServerResponse, { session }) => {
      begin()
      await isOpen
      session.set('values', { stored: true })
      response.end(String((await coat.users.list()).items.length))
    }),
  )
  try {
    const answer = host.ask('/')
    await hasBegun
    const closing = coat.close()
    proceed()
    const { status, text, key } = await answer
    expect([status, text, typeof key]).toEqual([200, '0', 'string'])
    await closing
  } finally {
    await host.stop()
    await remove()
  }
})
