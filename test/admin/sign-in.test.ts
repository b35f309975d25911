import { readFileSync } from 'node:fs'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { createClock, password } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { isSignIn, pageClient, signedInStaff, signInAt, startAdmin, textOf } from './client.ts'

let server: TestServer
beforeAll(async () => {
  // Its clock stands still: no delay of the throttle ends by itself.
  server = await startAdmin({}, { now: createClock().now })
})
afterAll(() => server.stop())

const open = () => pageClient(`${server.url}/admin`)

test(
  'a stranger is asked to sign in, whatever admin page they want',
  { tags: ['G15'] },
  async () => {
    for (const page of ['', '?page=sessions', '?page=user&id=1', '?page=nonsense']) {
      const { status, to } = await open().get(page)
      expect([page, status]).toEqual([page, 303])
      expect(to).toMatch(/^\?page=sign-in/)
    }
    const { status, html, headers } = await open().get('?page=sign-in')
    expect([status, headers.get('set-cookie')]).toEqual([200, null])
    expect(html).not.toContain('aria-label="Sections"')
  },
)

test('the sign-in has the focus in the username, and after a wrong password in the password', async () => {
  const client = pageClient(`${server.url}/admin`)
  const focused = (html: string) => [...html.matchAll(/<input id="([^"]*)"[^>]* autofocus/g)]
  const first = focused((await client.get('?page=sign-in')).html)
  expect(first.map(([, id]) => id)).toEqual(['field-username'])
  const wrong = await client.post('?page=sign-in', { username: 'chief', password: 'no' })
  expect(focused(wrong.html).map(([, id]) => id)).toEqual(['field-password'])
})

test('staff who sign in come to the page that they wanted', async () => {
  const client = open()
  const { to } = await client.get('?page=sessions&user=ada')
  expect(await signInAt(client, to!)).toBe('?page=sessions&user=ada')
  expect((await client.get('?page=sessions&user=ada')).status).toBe(200)
  expect((await client.get('?page=sign-in')).to).toBe('?page=home')
})

test('the sign-in leads to no other path and to no other host', { tags: ['G18'] }, async () => {
  for (const next of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:alert(1)',
    'page=sign-in',
    'page=nonsense',
    '?page=sessions',
    '\r\nLocation: https://evil.example',
    `page=sessions&x=${'y'.repeat(5000)}`,
  ]) {
    const query = `?page=sign-in&next=${encodeURIComponent(next)}`
    const client = open()
    const checked = await client.post(query, { username: 'chief', password })
    for (const to of [checked.to, (await client.get(checked.to!)).to]) {
      expect([next.slice(0, 40), new URL(to!, `${server.url}/admin`).origin]).toEqual([
        next.slice(0, 40),
        server.url,
      ])
      expect(to).toMatch(/^\?page=\w+/)
      expect(to).not.toMatch(/evil|alert/)
    }
  }
})

test('a user who is not staff is refused with the sentence of a wrong password, which names both, and the audit tells staff which it was', async () => {
  const deactivated = { username: 'dora', password }
  await createUser(server.app.db, server.app.passwords, deactivated)
  await server.app.db.user.update({ where: { usernameKey: 'dora' }, data: { isActive: false } })
  const tries = [
    { username: 'ada', password },
    { username: 'ada', password: 'a wrong password' },
    { username: 'no-such-user', password },
    { username: '', password: '' },
    deactivated,
  ]
  for (const credentials of tries) {
    const client = open()
    const answer = await client.post('?page=sign-in', credentials)
    expect([credentials, isSignIn(answer), client.cookie]).toEqual([credentials, true, null])
    expect(textOf(answer.html)).toContain(
      'The username or the password is wrong, or the user is not staff.',
    )
    expect(answer.html).toMatch(/name="password"[^>]*aria-invalid="true"/)
  }
  const { html } = await (await signedInStaff(server)).get('?page=audit&type=LOGIN_FAILED')
  const rows = html.split('<tbody>')[1]!.split('</tr>').slice(0, 4)
  const said = rows.map((row) => textOf(`<body>${row}`).trim())
  expect(said).toEqual([
    expect.stringMatching(/^Sign-in refused .* dora .* right password, deactivated user$/),
    expect.stringMatching(/^Sign-in refused .* A guest .* wrong username or password$/),
    expect.stringMatching(/^Sign-in refused .* ada .* wrong username or password$/),
    expect.stringMatching(/^Sign-in refused .* ada .* right password, not staff$/),
  ])
})

test('a right password of a user who is not staff does not clear what the throttle has counted', async () => {
  await createUser(server.app.db, server.app.passwords, { username: 'eve', password })
  for (let attempt = 0; attempt < 4; attempt++)
    await open().post('?page=sign-in', { username: 'eve', password: 'a wrong password' })
  await open().post('?page=sign-in', { username: 'eve', password })
  const client = open()
  const answer = await client.post('?page=sign-in', { username: 'eve', password })
  expect([answer.status, isSignIn(answer), client.cookie]).toEqual([429, true, null])
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(textOf(answer.html)).toContain('Too many attempts.')
  // The password was not looked at: nothing says that it was wrong.
  expect(answer.html).not.toContain('aria-invalid')
  expect(answer.html).toMatch(/name="password"[^>]*aria-describedby="problem"/)
  expect(await server.app.db.auditEvent.count({ where: { type: 'LOGIN_THROTTLED' } })).toBe(1)
  await server.app.db.attempt.deleteMany()
})

test('a user who is signed in and not staff is told so, and sees no page', async () => {
  const visitor = server.visitor()
  await visitor.data(
    `mutation { login(input: { username: "ada", password: "${password}" }) { __typename } }`,
  )
  const client = open()
  client.cookie = `sessionid=${visitor.cookie}`
  const { to } = await client.get('?page=users')
  const { html } = await client.get(to!)
  expect(textOf(html)).toContain('You are signed in as ada , who is not staff.')
  const made = await client.post('?page=new-user', { do: 'make', username: 'x', password })
  expect(isSignIn(made)).toBe(true)
  expect(textOf(made.html)).toContain(
    'Nothing was done: the form that you sent is for staff alone. You are signed in as ada , who is not staff.',
  )
  expect(await server.app.db.user.count({ where: { username: 'x' } })).toBe(0)
})

test('the log line of a sign-in that was refused, or was not looked at, has the code of it, and that of one that opened has none', async () => {
  await createUser(server.app.db, server.app.passwords, { username: 'mallory', password })
  const from = server.logs.length
  const wrong = { username: 'mallory', password: 'a wrong password' }
  for (let attempt = 0; attempt < 6; attempt++) await open().post('?page=sign-in', wrong)
  await signedInStaff(server)
  await expect.poll(() => codes().length).toBe(7)
  expect(codes()).toEqual([
    ...Array.from({ length: 5 }, () => [200, 'INVALID_CREDENTIALS']),
    [429, 'TOO_MANY_ATTEMPTS'],
    [303, 'ok'],
  ])
  await server.app.db.attempt.deleteMany()

  function codes() {
    const lines = server.logs.slice(from).filter(({ msg }) => msg === 'request')
    return lines.map(({ status, code }) => [status, code])
  }
})

test('the log of a refused sign-in has the address that it came from, as a jail of fail2ban reads it', async () => {
  const from = server.logs.length
  await open().post('?page=sign-in', { username: 'ada', password: 'a wrong password' })
  const guide = readFileSync('docs/operate.md', 'utf8')
  const [, pattern = ''] = /^failregex = (.*)$/m.exec(guide) ?? []
  const regex = new RegExp(pattern.replace('<HOST>', '(?<host>[\\d.:a-f]+)'))
  const hosts = () =>
    server.logs
      .slice(from)
      .flatMap((line) => regex.exec(JSON.stringify(line))?.groups?.['host'] ?? [])
  // A line is written when the server's side of an answer is over, which may be after the client has read it.
  await expect.poll(hosts).toEqual(['127.0.0.1'])
})

test('a browser that sends no cookie back after the sign-in is told so, and any other goes on', async () => {
  const dropping = open()
  const { to } = await dropping.post('?page=sign-in', { username: 'chief', password })
  dropping.cookie = null
  const told = await dropping.get(to!)
  expect(isSignIn(told)).toBe(true)
  expect(textOf(told.html)).toContain(
    'You are not signed in: your browser has sent no cookie back.',
  )
  // No other site makes the page say so.
  const led = await dropping.follow(to!)
  expect(isSignIn(led)).toBe(true)
  expect(textOf(led.html)).not.toContain('You are not signed in')
})

test('over plain HTTP a server whose cookie is for HTTPS alone says before and after the sign-in that none works, and what to do', async () => {
  const secure = await startAdmin({ SESSION_COOKIE_SECURE: 'true', TRUST_PROXY: '1' })
  const saysSo = async (headers: Record<string, string>, query = '?page=sign-in') =>
    textOf((await pageClient(`${secure.url}/admin`).get(query, headers)).html).includes(
      'No sign-in works here. This page came over plain HTTP',
    )
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' }
  expect([await saysSo({}), await saysSo(https)]).toEqual([true, false])
  // A browser sends this over HTTPS, or to its own machine.
  expect(await saysSo({ 'sec-fetch-site': 'none' })).toBe(false)
  const client = pageClient(`${secure.url}/admin`)
  const { to } = await client.post('?page=sign-in', { username: 'chief', password })
  client.cookie = null
  const text = textOf((await client.get(to!)).html)
  expect(text).toContain('You are not signed in: your browser has kept no cookie.')
  expect(text).toContain('TRUST_PROXY')
  await secure.stop()
})

test('a user who is no longer staff sees no admin page from the next request on', async () => {
  const { db, passwords } = server.app
  await createUser(db, passwords, { username: 'deputy', password, isStaff: true })
  const client = await signedInStaff(server, 'deputy')
  expect((await client.get('?page=home')).status).toBe(200)
  await db.user.update({ where: { usernameKey: 'deputy' }, data: { isStaff: false } })
  expect((await client.get('?page=home')).to).toMatch(/^\?page=sign-in/)
})

test('signing out of /admin ends the session, and no admin page opens after it', async () => {
  const client = await signedInStaff(server)
  const { cookie } = client
  expect((await client.post('?page=home', { do: 'sign-out' })).to).toBe('?page=sign-in')
  expect(client.cookie).toBeNull()
  client.cookie = cookie
  const again = await client.get('?page=home')
  expect(again.to).toMatch(/^\?page=sign-in/)
  expect(textOf((await client.get(again.to!)).html)).toContain('You have signed out.')
})

test(
  'a stranger costs the database a look at their session at most, and nothing without a cookie',
  { tags: ['G19'] },
  async () => {
    const memory = new BetterSqlite3(':memory:')
    const driver = Object.getPrototypeOf(memory.prepare('SELECT 1')) as object
    memory.close()
    const { get, all, run } = driver as Record<string, (...words: unknown[]) => unknown>
    let asked = 0
    const counted = (work: typeof get) =>
      function (this: unknown, ...words: unknown[]) {
        asked += 1
        return work?.apply(this, words)
      }
    Object.assign(driver, { get: counted(get), all: counted(all), run: counted(run) })
    try {
      for (const query of ['', '?page=home', '?page=audit', '?page=sign-in', '?page=user&id=1'])
        await open().get(query)
      expect(asked).toBe(0)
      const client = open()
      client.cookie = `sessionid=${'A'.repeat(43)}`
      await client.get('?page=sessions')
      expect(asked).toBe(1)
    } finally {
      Object.assign(driver, { get, all, run })
    }
  },
)
