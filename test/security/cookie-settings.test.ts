import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postWith } from './wire.ts'

const username = 'ada'
const login = loginDocument
  .replace(/mutation \([^)]*\)/, 'mutation')
  .replace('$username', JSON.stringify(username))
  .replace('$password', JSON.stringify(password))
  .replace('$rememberMe', 'true')
const logout = 'mutation { logout { session { id } } }'
const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'

/** A browser at api.shop.test, which keeps a cookie by its name, domain and path, and sends all that fit. */
function openBrowser() {
  const cookies = new Map<string, string>()
  const part = (line: string, name: string) =>
    line.split('; ').find((attribute) => attribute.startsWith(`${name}=`)) ?? ''
  return {
    cookies,
    async send(server: TestServer, document: string) {
      const header = [...cookies.values()].join('; ')
      const answer = await postWith(server.url, header === '' ? [] : header, document)
      for (const line of answer.setCookie) {
        const [pair = ''] = line.split('; ')
        const place = [pair.split('=')[0], part(line, 'Domain'), part(line, 'Path')].join('; ')
        if (part(line, 'Max-Age') === 'Max-Age=0') cookies.delete(place)
        else cookies.set(place, pair)
      }
      return answer
    },
    async whoIs(server: TestServer) {
      const { data } = await this.send(server, '{ me { username } }')
      return (data as { me: { username: string } | null }).me?.username ?? null
    },
  }
}

describe.each(['database', 'signed-cookies'])('on %s, a change of the cookie’s', (engine) => {
  const clock = createClock()
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-cookies-'))
  const start = (settings: Record<string, string> = {}) =>
    startServer(
      {
        DATABASE_URL: `file:${join(folder, 'shared.db')}`,
        SESSION_FILE_PATH: join(folder, 'sessions'),
        SECRET_KEY: 'a secret of at least thirty-two bytes',
        SESSION_ENGINE: engine,
        ...settings,
      },
      { now: clock.now },
    )
  const changes: [string, Record<string, string>][] = [
    ['domain', { SESSION_COOKIE_DOMAIN: 'shop.test' }],
    ['path', { SESSION_COOKIE_PATH: '/graphql' }],
    ['domain and path', { SESSION_COOKIE_DOMAIN: 'shop.test', SESSION_COOKIE_PATH: '/graphql' }],
  ]
  let before: TestServer
  const after: TestServer[] = []
  beforeAll(async () => {
    before = await start()
    await before.signedIn(username)
    for (const [, settings] of changes) after.push(await start(settings))
  })
  afterAll(async () => {
    for (const server of [before, ...after]) await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  describe.each(changes.map(([what], at) => [what, at] as const))('%s', (_what, at) => {
    test('a change of domain or path keeps a visitor signed in, lets them sign in, and leaves one cookie', async () => {
      const browser = openBrowser()
      const server = after[at]!
      await browser.send(before, login)
      expect(await browser.whoIs(server)).toBe(username)
      await browser.send(server, login)
      for (let visit = 0; visit < 3; visit++) expect(await browser.whoIs(server)).toBe(username)
      clock.advance(200_000_000)
      for (let visit = 0; visit < 3; visit++) expect(await browser.whoIs(server)).toBe(username)
      expect(browser.cookies.size).toBe(1)
    })

    test('a change of domain or path does not keep a guest from signing in', async () => {
      const browser = openBrowser()
      const server = after[at]!
      await browser.send(before, add)
      await browser.send(server, login)
      for (let visit = 0; visit < 3; visit++) expect(await browser.whoIs(server)).toBe(username)
      expect(browser.cookies.size).toBe(1)
    })

    test('a change of domain or path does not keep a visitor from signing out: both cookies are cleared', async () => {
      const browser = openBrowser()
      const server = after[at]!
      await browser.send(before, login)
      await browser.send(server, logout)
      expect(await browser.whoIs(server)).toBeNull()
      expect(browser.cookies.size).toBe(0)
    })

    test('after a change of domain or path, the first request ends a lock-out by two live sessions', async () => {
      const [browser, other] = [openBrowser(), openBrowser()]
      const server = after[at]!
      await browser.send(before, login)
      await other.send(server, login)
      for (const [place, pair] of other.cookies) browser.cookies.set(place, pair)
      expect(browser.cookies.size).toBe(2)
      expect(await browser.whoIs(server)).toBeNull()
      expect(await browser.whoIs(server)).toBe(username)
    })

    test('a change of domain or path leaves the cookie of another program of the same name alone', async () => {
      const browser = openBrowser()
      const server = after[at]!
      await browser.send(before, login)
      browser.cookies.set('sessionid; Domain=shop.test; Path=/app', 'sessionid=q3m1x8y0a7b6c5d4')
      expect(await browser.whoIs(server)).toBe(username)
      const { setCookie } = await browser.send(server, logout)
      expect(setCookie).toHaveLength(1)
    })
  })
})

test('the answers that write and clear a partitioned cookie say Partitioned', async () => {
  const server = await startServer({
    SESSION_COOKIE_PARTITIONED: 'true',
    SESSION_COOKIE_SECURE: 'true',
    SESSION_COOKIE_SAMESITE: 'None',
  })
  const visitor = server.visitor()
  const { setCookie } = await visitor.send(add)
  expect(setCookie).toEqual([
    expect.stringMatching(/; Secure; HttpOnly; SameSite=None; Partitioned$/),
  ])
  const ended = await visitor.send(logout)
  expect(ended.setCookie.at(-1)).toMatch(/^sessionid=; Max-Age=0;.*; Partitioned$/)
  await server.stop()
})
