import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { isSignIn, pageClient, signedInStaff, textOf } from './client.ts'
import type { PageClient } from './client.ts'
import { payload, plantPayload } from './payload.ts'

let server: TestServer
let staff: PageClient
let ada: Visitor
let adaId: string
beforeAll(async () => {
  server = await startServer()
  await server.signedIn('chief', { isStaff: true })
  ada = await server.signedIn('ada')
  adaId = (await ada.data('{ session { id } }')).session.id
  staff = await signedInStaff(server)
})
afterAll(() => server.stop())

/** The status of the front page for these headers as they are: Node's own fetch writes a `Sec-Fetch-Mode` over them. */
function statusOf(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const cookie = { cookie: staff.cookie ?? '' }
    get(`${server.url}/admin?page=home`, { headers: { ...cookie, ...headers } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    }).once('error', reject)
  })
}

test('what visitors write is text on every admin page', { tags: ['G17'] }, async () => {
  const { queries, remove } = await plantPayload(server.app.db)
  for (const query of queries) {
    const { html } = await staff.get(query)
    expect([query, html.includes('<img src=x'), html.includes('<script>')]).toEqual([
      query,
      false,
      false,
    ])
    expect([query, [...html.matchAll(/<script/g)].length]).toEqual([query, 1])
  }
  const stranger = pageClient(`${server.url}/admin`)
  const { html } = await stranger.post(`?page=sign-in&next=${encodeURIComponent(payload)}`, {
    username: payload,
    password: payload,
  })
  expect(html).not.toMatch(/<img src=x|<script>/)
  await remove()
})

test('no file of the admin pages goes round the escaping', () => {
  const files = readdirSync('src/admin', { recursive: true, encoding: 'utf8' })
  for (const file of files.filter((name) => /\.tsx?$/.test(name))) {
    const text = readFileSync(join('src/admin', file), 'utf8')
    expect([file, /dangerouslySetInnerHTML|style=|on[A-Z]\w+=/.test(text)]).toEqual([file, false])
  }
})

test('a form that a page of another origin sends does nothing', { tags: ['G16'] }, async () => {
  const forged = [
    {
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
    },
    { origin: 'null', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    { origin: `http://sub.${new URL(server.url).host}` },
    { 'sec-fetch-site': 'same-site' },
  ]
  for (const headers of forged) {
    const ended = await staff.post(`?page=session&id=${adaId}`, { do: 'end' }, headers)
    expect([headers, ended.status]).toEqual([headers, 403])
    const signedIn = await staff.post('?page=sign-in', { username: 'a', password: 'b' }, headers)
    expect([headers, signedIn.status]).toEqual([headers, 403])
  }
  expect((await ada.data('{ me { username } }')).me).toEqual({ username: 'ada' })
})

test('no GET of an admin page changes anything, and from another site the server answers only a navigation', async () => {
  await staff.get(`?page=session&id=${adaId}&do=end`)
  expect((await ada.data('{ me { username } }')).me).toEqual({ username: 'ada' })
  const site = { 'sec-fetch-site': 'cross-site' }
  const link = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  expect(await statusOf(link)).toBe(200)
  for (const dest of ['iframe', 'image', 'script', 'empty']) {
    const mode = dest === 'iframe' ? 'navigate' : 'no-cors'
    const headers = { ...site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest }
    expect([dest, await statusOf(headers)]).toEqual([dest, 403])
  }
})

test('a form that is sent again does nothing once its session is over, or its user no longer staff', async () => {
  const { db, passwords, users, sessions } = server.app
  const by = { actorId: null, sessionId: null, client: null, shell: { user: 'root', host: 'here' } }
  const { id } = await createUser(db, passwords, { username: 'deputy', password, isStaff: true })
  const ends: [string, (client: PageClient) => Promise<unknown>][] = [
    ['a sign-out', (client) => client.post('?page=home', { do: 'sign-out' })],
    ['an end of all their sessions', () => sessions.revokeAll({ username: 'deputy' }, by)],
    ['another password', () => users.setPassword({ id }, password, by)],
    ['a demotion', () => users.setStaff({ id }, false, by)],
    ['a deactivation', () => users.setActive({ id }, false, by)],
  ]
  for (const [what, end] of ends) {
    const client = await signedInStaff(server, 'deputy')
    const { cookie } = client
    await end(client)
    for (const [query, act] of [
      [`?page=session&id=${adaId}`, 'end'],
      [`?page=change-user&id=${id}&to=promote`, 'promote'],
    ] as const) {
      client.cookie = cookie
      const answer = await client.post(query, { do: act })
      expect([what, act, isSignIn(answer)]).toEqual([what, act, true])
      expect(textOf(answer.html)).toContain('Nothing was done: ')
      expect(answer.headers.getSetCookie().filter((line) => !/=;/.test(line))).toEqual([])
    }
    await users.setActive({ id }, true, by)
    if (what === 'a demotion') {
      expect((await users.find({ id }))?.isStaff).toBe(false)
      await users.setStaff({ id }, true, by)
    }
  }
  expect((await ada.data('{ me { username } }')).me).toEqual({ username: 'ada' })
})

test('where several staff end one session at once, one ends it, and the others read that it was over', async () => {
  const visitor = await server.signedIn('twice')
  const { id } = (await visitor.data('{ session { id } }')).session
  const others = await Promise.all([signedInStaff(server), signedInStaff(server)])
  const answers = await Promise.all(
    [staff, ...others].map((client) => client.post(`?page=session&id=${id}`, { do: 'end' })),
  )
  const done = answers.map(({ to }) => new URLSearchParams(to ?? '').get('done'))
  expect(done.sort()).toEqual(['session-ended', 'session-was-over', 'session-was-over'])
  const where = { type: 'SESSION_REVOKED', sessionId: id }
  expect(await server.app.db.auditEvent.count({ where })).toBe(1)
})

test('a link of another site cannot make a page say that something was done', async () => {
  const query = '?page=home&done=sessions-ended&n=99'
  expect(textOf((await staff.get(query)).html)).toContain('99 sessions ended.')
  for (const site of ['cross-site', 'same-site', 'none']) {
    const { html } = await staff.get(query, { 'sec-fetch-site': site })
    expect([site, textOf(html).includes('sessions ended.')]).toEqual([site, false])
  }
})

test(
  'no link makes a page say that nothing was done, or why a session is over',
  { tags: ['G18'] },
  async () => {
    const words = {
      undone: '1',
      problem: 'Call us',
      reason: 'REVOKED',
      other: 'ada',
      isUndone: 'true',
    }
    for (const page of ['sign-in', 'home', 'sessions']) {
      const query = `?${new URLSearchParams({ ...words, page, next: 'page=home&isUndone=1' })}`
      for (const client of [pageClient(`${server.url}/admin`), staff]) {
        const first = await client.get(query)
        const { html } = first.to === null ? first : await client.get(first.to)
        expect([query, /Nothing was done|Call us|was ended from/.test(html)]).toEqual([
          query,
          false,
        ])
      }
    }
  },
)

test('a form says nothing of what its address claims was done', async () => {
  const claim = '?page=home&done=sessions-ended&n=99'
  for (const client of [pageClient(`${server.url}/admin`), staff]) {
    const { html } = await client.post(claim, { do: 'nonsense' })
    expect(textOf(html)).not.toContain('sessions ended.')
  }
})

test('on the page that ends all that match, characters that turn the writing direction stay in their own word', async () => {
  const browser = '\u202exoferiF'
  const lastSeenAt = new Date()
  const [createdAt, expiresAt] = [-1000, 1e6].map((by) => new Date(lastSeenAt.getTime() + by))
  const data = { id: 'c'.repeat(64), createdAt: createdAt!, lastSeenAt, expiresAt: expiresAt! }
  await server.app.db.session.create({ data: { ...data, userAgent: browser, data: '{}' } })
  const query = `?${new URLSearchParams({ page: 'sessions', browser })}`
  const { html } = await staff.see(query, { do: 'review-every' })
  expect(textOf(html)).toContain('End 1 session?')
  const bare = html.replace(/<bdi[^>]*>[^<]*<\/bdi>/g, '').replace(/<[^>]*>/g, '')
  expect(bare).not.toContain('\u202e')
})

test('characters that turn the writing direction do not reorder the value of a session in /admin', async () => {
  const turning = '\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'
  const note = { [`a${turning}b`]: `"${turning} é` }
  await ada.data(
    'mutation ($note: JSON!) { setSessionValue(key: "note", value: $note) { __typename } }',
    { note },
  )
  const { html } = await staff.get(`?page=session&id=${adaId}`)
  const [, shown = ''] =
    /<pre[^>]*aria-label="The value of values"[^>]*>(.*?)<\/pre>/s.exec(html) ?? []
  expect(shown).not.toMatch(/\p{Bidi_Control}/u)
  const json = shown.replaceAll('&quot;', '"')
  expect(JSON.parse(json)).toEqual({ note })
})

test('every admin page forbids framing, foreign content and caches', async () => {
  for (const query of ['?page=home', '?page=sign-in', '?page=session&id=none']) {
    const { headers } = await staff.get(query)
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('same-origin')
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; base-uri 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'",
    )
  }
})

test('the admin pages answer nonsense in addresses and forms, and log no fault', async () => {
  const long = 'x'.repeat(4000)
  const rubbish = ['', '.', '0.', '-1.x', '99999999999999.x', `1.${long}`, '1.\u0000', '%00', 'é']
  for (const after of rubbish) {
    for (const page of ['sessions', 'users', 'audit']) {
      const { status } = await staff.get(`?page=${page}&after=${encodeURIComponent(after)}`)
      expect([page, after.slice(0, 20), status]).toEqual([page, after.slice(0, 20), 200])
    }
  }
  const fields = 'user address browser search type status age idle when from until'.split(' ')
  for (const text of ['\u0000', '\ud800', long, '%', '_', "' OR 1=1 --", '\u202e']) {
    for (const name of fields)
      for (const page of ['sessions', 'users', 'audit']) {
        const query = new URLSearchParams({ page, [name]: text })
        expect([name, (await staff.get(`?${query}`)).status]).toEqual([name, 200])
      }
    for (const page of ['session', 'end-session', 'user', 'change-user'])
      expect((await staff.get(`?${new URLSearchParams({ page, id: text })}`)).status).toBe(404)
  }
  for (const act of ['', 'constructor', '__proto__', 'toString', 'nonsense'])
    for (const page of ['user', 'change-user', 'end-session'])
      expect([act, (await staff.post(`?page=${page}&id=x`, { do: act })).status]).toEqual([
        act,
        400,
      ])
  expect((await staff.get('?page=home&done=constructor&n=1e9')).status).toBe(200)
  expect((await staff.get('?asset=../../package.json')).status).toBe(200)
  const errors = server.logs.filter(({ level }) => Number(level) >= 50)
  expect(errors).toEqual([])
})

test('the admin pages refuse a body that is no form, or too large, with a page', async () => {
  const url = `${server.url}/admin?page=sign-in`
  const json = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  expect([json.status, json.headers.get('content-type')]).toEqual([415, 'text/html; charset=utf-8'])
  const large = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({ x: 'y'.repeat(2e6) }),
  })
  expect(large.status).toBe(413)
})
