import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../src/session/session.ts'
import { hosts } from './hosts.ts'
import type { RunningHost } from './hosts.ts'
import { openCoat } from './open-coat.ts'
import type { OpenCoat } from './open-coat.ts'

const count = (session: Session) =>
  session.update('values', (all) => ({ ...all, count: Number(all?.['count'] ?? 0) + 1 }))

describe.each(hosts.filter(({ hasRoutes }) => hasRoutes))('routes of $name', (host) => {
  let opened: OpenCoat
  let server: RunningHost
  beforeAll(async () => {
    opened = await openCoat({})
    const { coat } = opened
    await coat.users.create({ username: 'ada', password: null })
    const text = { 'Content-Type': 'text/plain' }
    server = await host.start(coat, [
      {
        method: 'POST',
        path: '/end',
        listener: coat.withSession((_request, response, { session }) => {
          count(session)
          response.writeHead(200, text).end('end')
        }),
      },
      {
        method: 'POST',
        path: '/pipe',
        listener: coat.withSession((_request, response, { session }) => {
          count(session)
          response.writeHead(200, text)
          return pipeline(Readable.from(['pi', 'pe']), response)
        }),
      },
      {
        method: 'POST',
        path: '/throw',
        listener: coat.withSession((_request, _response, { session }) => {
          count(session)
          throw new Error('A secret detail of the fault.')
        }),
      },
      {
        method: 'GET',
        path: '/read',
        listener: coat.withSession(async (_request, response, { session, user }) => {
          const { count: counted = 0 } = await session.get('values', {})
          response.writeHead(200, text)
          response.write(`${(await user())?.username ?? 'no one'} `)
          response.end(String(counted))
        }),
      },
      {
        method: 'POST',
        path: '/login',
        listener: coat.withSession(async (_request, response, { login }) => {
          await login(await coat.vouch({ username: 'ada' }, 'sso'))
          response.writeHead(200, text).end('in')
        }),
      },
      {
        method: 'POST',
        path: '/logout',
        listener: coat.withSession(async (_request, response, { logout }) => {
          await logout()
          response.writeHead(200, text).end('out')
        }),
      },
    ])
  })
  afterAll(async () => {
    await server?.stop()
    await opened?.remove()
  })

  const ask = async (
    method: string,
    path: string,
    cookie = '',
    headers: Record<string, string> = {},
  ) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { ...headers, ...(cookie && { cookie }) },
    })
    const line = answer.headers.getSetCookie().findLast((one) => one.startsWith('sessionid='))
    return { status: answer.status, text: await answer.text(), cookie: line?.split(';')[0] }
  }

  test(`${host.name}: fifty writes at once through two routes are kept, and a throw and a foreign page store nothing`, async () => {
    const first = await ask('POST', '/pipe')
    expect([first.status, first.text, typeof first.cookie]).toEqual([200, 'pipe', 'string'])
    const { cookie } = first
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => ask('POST', at % 2 ? '/end' : '/pipe', cookie)),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const thrown = await ask('POST', '/throw', cookie)
    expect([
      thrown.status,
      thrown.text.includes('secret') && !host.name.startsWith('Express'),
    ]).toEqual([500, false])
    const foreign = await ask('POST', '/end', cookie, { 'sec-fetch-site': 'cross-site' })
    expect(foreign.status).toBe(403)
    expect((await ask('GET', '/read', cookie)).text).toBe('no one 51')
  })

  test(`${host.name}: a login in a route holds in GraphQL, and a logout in another ends it in both`, async () => {
    const { cookie = '' } = await ask('POST', '/login')
    const me = async () => {
      const answer = await fetch(server.url + host.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: '{"query":"{ me { username } }"}',
      })
      return ((await answer.json()) as { data: unknown }).data
    }
    expect(await me()).toEqual({ me: { username: 'ada' } })
    expect((await ask('GET', '/read', cookie)).text).toBe('ada 0')
    expect((await ask('POST', '/logout', cookie)).cookie).toBe('sessionid=')
    expect(await me()).toEqual({ me: null })
    expect((await ask('GET', '/read', cookie)).text).toBe('no one 0')
  })
})
