import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { signedInStaff, textOf } from './client.ts'
import type { PageClient } from './client.ts'

let server: TestServer
let staff: PageClient
let ada: Visitor
let adaId: string
beforeAll(async () => {
  server = await startServer()
  await server.signedIn('chief', { isStaff: true })
  ada = await server.signedIn('ada')
  await ada.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
  adaId = (await ada.data('{ session { id } }')).session.id
  staff = await signedInStaff(server)
})
afterAll(() => server.stop())

/** A row of the roster, of a guest unless it is said whose. */
const plant = (id: string, more: object = {}) =>
  server.app.db.session.create({
    data: {
      id: id.repeat(64).slice(0, 64),
      createdAt: new Date(),
      lastSeenAt: new Date(),
      expiresAt: new Date(Date.now() + 300_000),
      ...more,
    },
  })

const idsIn = (html: string) =>
  [...html.matchAll(/<th scope="row"><a [^>]*href="\?page=session&amp;id=(\w+)"/g)].map(
    ([, id]) => id,
  )

test('the list of sessions in /admin has a row for each session, with a link to its page', async () => {
  const { html } = await staff.get('?page=sessions')
  expect(idsIn(html)).toContain(adaId)
  expect(html).toContain(`href="?page=session&amp;id=${adaId}"`)
  expect(textOf(html)).toMatch(/chief.*Yours|Yours.*chief/)
})

test('each field of the session filter in /admin leaves out what does not match', async () => {
  const hour = 3_600_000
  await plant('1', { ipAddress: '192.0.2.1', userAgent: 'Mozilla/5.0 Firefox/140.0' })
  await plant('2', { ipAddress: '192.0.2.2', createdAt: new Date(Date.now() - 200 * hour) })
  await plant('3', { ipAddress: '192.0.2.3', lastSeenAt: new Date(Date.now() - 30 * hour) })
  await plant('4', { ipAddress: '192.0.2.4', endedAt: new Date(), endReason: 'REVOKED' })
  await plant('5', { ipAddress: '192.0.2.5', expiresAt: new Date(Date.now() - hour) })
  const first = async (filter: string) =>
    idsIn((await staff.get(`?page=sessions&${filter}`)).html).map((id) => id![0])
  expect(await first('address=192.0.2.1')).toEqual(['1'])
  expect(await first('browser=firefox')).toEqual(['1'])
  expect(await first('kind=guests')).toEqual(['3', '1', '2'])
  expect(await first('kind=guests&age=old-week')).toEqual(['2'])
  expect(await first('kind=guests&age=new-day')).toEqual(['3', '1'])
  expect(await first('kind=guests&idle=day')).toEqual(['3'])
  expect(await first('status=ENDED&address=192.0.2.4')).toEqual(['4'])
  expect(await first('status=EXPIRED&address=192.0.2.5')).toEqual(['5'])
  expect(await first('user=ADA')).toEqual([adaId[0]])
  expect(await first('user=nobody')).toEqual([])
  // Only sessions that are alive can be picked, to be ended.
  const boxes = async (status: string) =>
    (await staff.get(`?page=sessions&kind=guests&status=${status}`)).html
      .match(/name="id" value="./g)
      ?.map((box) => box.at(-1))
  expect(await boxes('ANY')).toEqual(['3', '1', '2'])
  expect(await boxes('ENDED')).toBeUndefined()
  const { html } = await staff.get('?page=sessions&kind=signed-in')
  expect(idsIn(html)).toContain(adaId)
  expect(idsIn(html)).not.toContain('1'.repeat(64))
  await server.app.db.session.deleteMany({ where: { userId: null } })
})

test('the pages of the session list in /admin go through every session once, newest first', async () => {
  for (let at = 0; at < 120; at++)
    await plant(at.toString(16).padStart(8, '0'), {
      createdAt: new Date(Date.now() - (at >> 1) * 1000), // two of each instant
      ipAddress: '192.0.2.9',
    })
  const seen: (string | undefined)[] = []
  let next: string | null = '?page=sessions&address=192.0.2.9'
  let pages = 0
  while (next !== null) {
    const { html } = await staff.get(next)
    seen.push(...idsIn(html))
    next = /href="(\?[^"]*after=[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? null
    pages += 1
  }
  expect([seen.length, new Set(seen).size, pages]).toEqual([120, 120, 3])
  await server.app.db.session.deleteMany({ where: { userId: null } })
})

test('the page of a session in /admin shows its data, the size of it, its clocks and what happened in it', async () => {
  const { html } = await staff.get(`?page=session&id=${adaId}`)
  const text = textOf(html)
  expect(text).toContain('&quot;sku&quot;: &quot;hat&quot;')
  expect(text).toMatch(/Size \d+ bytes/)
  expect(text).toMatch(/Signed in by password/)
  expect(text).toMatch(/Expires without activity \d+ \w+ \d{4}, [\d:]+ UTC/)
  expect(text).toMatch(/What happened in it.*Signed in.*127\.0\.0\.1/)
})

test('ending a session signs its visitor out, with the reason, and the audit says who did it', async () => {
  const visitor = await server.signedIn('grace')
  const { id } = (await visitor.data('{ session { id } }')).session
  const { to } = await staff.post(`?page=session&id=${id}`, { do: 'end' })
  expect(textOf((await staff.get(to!)).html)).toContain('The session is over.')
  const { data } = await visitor.send('{ me { username } session { endReason } }')
  expect(data).toEqual({ me: null, session: { endReason: 'REVOKED' } })
  const event = await server.app.db.auditEvent.findFirst({
    where: { type: 'SESSION_REVOKED', sessionId: id },
    include: { actor: true, subject: true },
  })
  expect([event?.actor?.username, event?.subject?.username]).toEqual(['chief', 'grace'])
  const again = await staff.post(`?page=session&id=${id}`, { do: 'end' })
  expect(textOf((await staff.get(again.to!)).html)).toContain('That session had already ended.')
  const gone = await staff.post(`?page=session&id=${'0'.repeat(64)}`, { do: 'end' })
  expect([gone.status, gone.html.includes('aria-label="Sections"')]).toEqual([404, true])
})

test('a session’s value in /admin shows the time beside each number that is an instant, and beside no other number', async () => {
  const value = {
    at: 1_773_160_200_000,
    list: [1_773_160_200_001],
    text: '1773160200002',
    small: 1_773_160_200,
    far: 9_773_160_200_000,
  }
  const visitor = server.visitor()
  await visitor.data(
    'mutation ($value: JSON!) { setSessionValue(key: "seen", value: $value) { __typename } }',
    { value },
  )
  const { id } = (await visitor.data('{ session { id } }')).session
  const [, shown = ''] =
    /<pre[^>]*>(.*?)<\/pre>/s.exec((await staff.get(`?page=session&id=${id}`)).html) ?? []
  const timed = shown.split('\n').filter((line) => line.includes('<time'))
  expect(timed.map((line) => textOf(line).trim())).toEqual([
    '&quot;at&quot;: 1773160200000, 10 Mar 2026, 16:30:00 UTC',
    '1773160200001 10 Mar 2026, 16:30:00 UTC',
  ])
})

test('the page of a guest’s session in /admin shows what it holds, and the sign-ins that were refused in it', async () => {
  const guest = server.visitor()
  await guest.data('mutation { addCartItem(input: { sku: "cap" }) { __typename } }')
  const { id } = (await guest.data('{ session { id } }')).session
  await guest.data(
    'mutation { login(input: { username: "ada", password: "a wrong guess" }) { __typename } }',
  )
  const text = textOf((await staff.get(`?page=session&id=${id}`)).html)
  expect(text).toMatch(/User Guest/)
  expect(text).toContain('&quot;sku&quot;: &quot;cap&quot;')
  expect(text).toMatch(/What happened in it.*Sign-in refused.*A guest/)
})

test('staff can open a guest’s session that no list has, by the id from the log, and end it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-files-'))
  const files = await startServer({ SESSION_ENGINE: 'file', SESSION_FILE_PATH: folder })
  await files.signedIn('chief', { isStaff: true })
  const client = await signedInStaff(files)
  const guest = files.visitor()
  await guest.data('mutation { addCartItem(input: { sku: "cap" }) { __typename } }')
  const { id } = (await guest.data('{ session { id } }')).session
  const text = textOf((await client.get(`?page=session&id=${id}`)).html)
  expect(text).toContain('this engine writes no list of guests')
  expect(text).toContain('&quot;sku&quot;: &quot;cap&quot;')
  await client.post(`?page=session&id=${id}`, { do: 'end' })
  expect((await guest.data('{ cart { items { sku } } }')).cart.items).toEqual([])
  await files.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('the page in /admin of a session that ended among many says so, and the audit names all of them', async () => {
  const visitors = [await server.signedIn('john'), await server.signedIn('ken')]
  const ids: string[] = []
  for (const visitor of visitors) ids.push((await visitor.data('{ session { id } }')).session.id)
  await server.app.db.session.updateMany({
    where: { id: { in: ids } },
    data: { ipAddress: '192.0.2.77' },
  })
  const query = '?page=sessions&address=192.0.2.77'
  const at = /name="at" value="(\d+)"/.exec(
    (await staff.see(query, { do: 'review-every' })).html,
  )![1]!
  await staff.post(query, { do: 'end-every', at, sure: 'yes' })
  const history = textOf((await staff.get(`?page=session&id=${ids[0]}`)).html)
  expect(history).toMatch(/What happened in it.*Sessions ended.*chief.*2 sessions/)
  expect(history).toMatch(/Status Ended by staff, or from another device/)
  const began = '\\d+ \\w+ \\d{4}, [\\d:]+ UTC'
  const words = `sessions that were alive *, from the address 192.0.2.77 *, that began before ${began} *:`
  expect(history).toMatch(new RegExp(words))
  expect(history).not.toContain('{"')
  const { html } = await staff.get('?page=audit&type=SESSIONS_REVOKED')
  for (const id of ids) expect(html).toContain(`href="?page=session&amp;id=${id}"`)
  expect(textOf(html)).toMatch(new RegExp(words))
  const list = await staff.get('?page=sessions&status=ENDED&address=192.0.2.77')
  expect(textOf(list.html)).toContain('Ended by staff, or from another device')
})

test('picked sessions end after a confirmation page, which itself ends none', async () => {
  const visitors = [await server.signedIn('edsger'), await server.signedIn('barbara')]
  const ids: string[] = []
  for (const visitor of visitors) ids.push((await visitor.data('{ session { id } }')).session.id)
  const picked = ids.map((id): [string, string] => ['id', id])
  const review = await staff.see('?page=sessions', [['do', 'review-picked'], ...picked])
  expect(textOf(review.html)).toContain('End these 2 sessions?')
  expect((await visitors[0]!.data('{ me { username } }')).me).toEqual({ username: 'edsger' })
  const { to } = await staff.post('?page=sessions', [
    ['do', 'end-picked'],
    ...picked,
    ['id', 'rubbish'],
    ['id', 'f'.repeat(64)],
  ])
  expect(textOf((await staff.get(to!)).html)).toContain('2 sessions ended.')
  for (const visitor of visitors) expect((await visitor.data('{ me { username } }')).me).toBeNull()
})

test('the confirmation page of an end has an address, ends no session, and shows the same after a reload', async () => {
  const visitor = await server.signedIn('tony')
  const { id } = (await visitor.data('{ session { id } }')).session
  const every = await staff.post('?page=sessions&user=tony', { do: 'review-every' })
  expect([every.status, every.to]).toEqual([303, '?page=end-sessions&user=tony&status=ACTIVE'])
  const picked = await staff.post('?page=sessions&user=tony', { do: 'review-picked', id })
  const at = `?page=end-sessions&user=tony&status=ACTIVE&pick=${id}`
  expect([picked.status, picked.to]).toEqual([303, at])
  for (const query of [every.to!, every.to!, picked.to!, `${at}.rubbish.${id}`]) {
    const { status, html } = await staff.get(query)
    expect([query, status, textOf(html).includes('End 1 session')]).toEqual([query, 200, true])
    expect((await staff.get(`${query}&do=end-every&sure=yes&at=${Date.now()}`)).status).toBe(200)
  }
  expect((await visitor.data('{ me { username } }')).me).toEqual({ username: 'tony' })
  // An address that picks no session must not end all that match.
  for (const query of ['pick=', 'pick=.', 'pick=rubbish', `pick=${'f'.repeat(64)}`]) {
    const { html } = await staff.get(`?page=end-sessions&user=tony&${query}`)
    expect([query, /<h1>(.*?)<\/h1>/.exec(html)?.[1]]).toEqual([query, 'Nothing to end'])
  }
  const none = await staff.post('?page=sessions&user=tony', { do: 'review-picked' })
  expect([none.to, textOf(none.html).includes('No session was picked.')]).toEqual([null, true])
})

test('all sessions that match a filter of /admin end after a dry run, which says how many and whose, and those that began since are spared', async () => {
  await server.signedIn('alan')
  const query = '?page=sessions&user=alan'
  const dry = await staff.see(query, { do: 'review-every' })
  const text = textOf(dry.html)
  expect(text).toContain('End 1 session?')
  expect(text).toMatch(/Whose they are alan : 1/)
  const at = /name="at" value="(\d+)"/.exec(dry.html)![1]!
  const later = server.visitor()
  await later.data(
    'mutation { login(input: { username: "alan", password: "correct horse battery staple" }) { __typename } }',
  )
  const unsure = await staff.see(query, { do: 'end-every', at })
  expect(textOf(unsure.html)).toMatch(/End 2 sessions\?/)
  const { to } = await staff.post(query, { do: 'end-every', at, sure: 'yes' })
  expect(textOf((await staff.get(to!)).html)).toContain('1 session ended.')
  expect((await later.data('{ me { username } }')).me).toEqual({ username: 'alan' })
})

test('a dry run of more than two thousand sessions says that it has not counted all, counts on when it is asked to, and all that match end', async () => {
  await server.app.db.session.createMany({
    data: Array.from({ length: 2_100 }, (_, at) => ({
      id: `d${at.toString(16).padStart(63, '0')}`,
      createdAt: new Date(Date.now() - 60_000 - at),
      lastSeenAt: new Date(),
      expiresAt: new Date(Date.now() + 600_000),
      ipAddress: '192.0.2.99',
    })),
  })
  const query = '?page=sessions&address=192.0.2.99'
  const { html } = await staff.see(query, { do: 'review-every' })
  const text = textOf(html)
  expect(text).toContain('End 2,000 sessions or more?')
  expect(text).toContain('Not all were counted. All that match end, however many they are.')
  expect(text).toContain('Yes, end 2,000 sessions or more')
  expect(text).toMatch(/Whose 2,000 of them are Guests : 2,000/)
  const [, on = ''] = /<a href="([^"]*)" class="button">Count to 10,000</.exec(html) ?? []
  const counted = await staff.get(on.replaceAll('&amp;', '&'))
  expect(textOf(counted.html)).toContain('Yes, end 2,100 sessions')
  expect(textOf(counted.html)).not.toMatch(/or more|Not all were counted|Count to/)
  expect(
    await server.app.db.session.count({ where: { ipAddress: '192.0.2.99', endedAt: null } }),
  ).toBe(2_100)
  const at = /name="at" value="(\d+)"/.exec(html)![1]!
  const { to } = await staff.post(query, { do: 'end-every', at, sure: 'yes' })
  expect(textOf((await staff.get(to!)).html)).toMatch(/2,100 sessions ended\./)
})

test('ending all without a filter spares the session of the staff who asks', async () => {
  await server.signedIn('donald')
  const dry = await staff.see('?page=sessions', { do: 'review-every' })
  expect(textOf(dry.html)).toContain('These are all active sessions of this server but your own.')
  const at = /name="at" value="(\d+)"/.exec(dry.html)![1]!
  const { to } = await staff.post('?page=sessions', { do: 'end-every', at, sure: 'yes' })
  expect((await staff.get(to!)).status).toBe(200)
  expect(await server.app.db.session.count({ where: { endedAt: null } })).toBe(1)
  const events = await staff.get('?page=audit&type=SESSIONS_REVOKED')
  expect(textOf(events.html)).toMatch(/Sessions ended.*chief.*\d+ sessions/)
})

test('staff who end their own session are asked to sign in again, and told why', async () => {
  const other = await signedInStaff(server)
  const { html } = await other.get('?page=sessions')
  const own = /Pick session (\w{12}) of chief[^>]*>.{0,400}?Yours/s.exec(html)?.[1]
  expect(own).toBeDefined()
  const id = idsIn(html).find((each) => each!.startsWith(own!))!
  const { cookie } = other
  await other.post(`?page=session&id=${id}`, { do: 'end' })
  other.cookie = cookie
  const { to } = await other.get('?page=home')
  expect(textOf((await other.get(to!)).html)).toContain(
    'Your session was ended from another device, or by a member of staff.',
  )
})
