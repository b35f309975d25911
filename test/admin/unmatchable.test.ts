import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestServer } from '../harness.ts'
import { signedInStaff, startAdmin, textOf } from './client.ts'
import type { PageClient } from './client.ts'

let server: TestServer
let staff: PageClient
beforeAll(async () => {
  server = await startAdmin()
  staff = await signedInStaff(server)
})
afterAll(() => server.stop())

const noAddress =
  'No session can match: the address is no IP address. Write a whole one, such as 192.0.2.7 or 2001:db8::7, or leave it out.'

test('a filter of /admin by text that is no IP address says so, at the field too', async () => {
  for (const address of ['999.999', '10.0.0', '10.0.0.', '192.0.2.7:80', 'localhost', '1::2::3']) {
    const query = `?${new URLSearchParams({ page: 'sessions', address, status: 'ANY' })}`
    const { status, html } = await staff.get(query)
    expect([address, status, textOf(html).includes(noAddress)]).toEqual([address, 200, true])
    const [field] = /<input id="field-address"[^>]*>/.exec(html)!
    expect(field).toContain(`value="${address}"`)
    expect(field).toContain('aria-invalid="true" aria-describedby="why-none"')
    expect(field).toContain('autofocus')
    expect(html).toContain('<title>Error: Sessions')
  }
})

const unknown = [
  ['sessions', 'status', 'BOGUS', 'Status'],
  ['sessions', 'status', 'active', 'Status'],
  ['sessions', 'kind', 'toString', 'Whose'],
  ['sessions', 'age', 'new-year', 'Began'],
  ['sessions', 'idle', '1', 'Last seen'],
  ['audit', 'type', 'NOPE', 'What'],
  ['audit', 'when', '<b>', 'When'],
] as const

test('a filter of /admin by an unknown choice says so, at the field too, and finds nothing', async () => {
  for (const [page, field, text, label] of unknown) {
    const query = `?${new URLSearchParams({ page, [field]: text })}`
    const { status, html } = await staff.get(query)
    const told = `can match: the address of this page asks for an unknown “${label}”. Choose one from the list.`
    expect([query, status, textOf(html).includes(told)]).toEqual([query, 200, true])
    const [select] = new RegExp(`<select id="field-${field}"[^>]*>`).exec(html)!
    expect(select).toContain('aria-invalid="true" aria-describedby="why-none"')
    expect(select).toContain('autofocus')
    expect(html).toContain('<title>Error: ')
    expect(html).not.toContain('<table')
  }
})

test('an end of all that match an unknown choice ends nothing', async () => {
  const others = await server.signedIn('grace')
  const before = await server.app.db.session.count({ where: { endedAt: null } })
  for (const [page, field, text] of unknown.filter(([page]) => page === 'sessions')) {
    const query = `?${new URLSearchParams({ page, [field]: text })}`
    const form = { do: 'end-every', at: String(Date.now()), sure: 'yes' }
    const { status, html } = await staff.see(query, form)
    expect([query, status, textOf(html).includes('Nothing to end')]).toEqual([query, 200, true])
  }
  expect(await server.app.db.session.count({ where: { endedAt: null } })).toBe(before)
  expect(await others.send('{ me { username } }')).toMatchObject({
    data: { me: { username: 'grace' } },
  })
})

test('a filter of /admin by an IP address marks no field as wrong, whether or not there is such a session', async () => {
  for (const address of ['192.0.2.77', '2001:db8::7', '::1', ' 127.0.0.1 ', 'fe80::1%eth0']) {
    const query = `?${new URLSearchParams({ page: 'sessions', address })}`
    const { html } = await staff.get(query)
    expect([address, /aria-invalid|No session can match/.test(html)]).toEqual([address, false])
    expect(html).toContain('<title>Sessions')
  }
  const { html } = await staff.get('?page=sessions&address=127.0.0.1')
  expect(textOf(html)).toContain('chief')
})

test('a filter of /admin whose fields exclude each other says so', async () => {
  const guests = textOf((await staff.get('?page=sessions&user=ada&kind=guests')).html)
  expect(guests).toContain('No session can match: guests have no username.')
  const lately = /No session can match: one that began so lately cannot have been last seen/
  for (const [query, isUnmatchable] of [
    ['age=new-hour&idle=hour', true],
    ['age=new-day&idle=week', true],
    ['age=new-week&idle=month', true],
    ['age=new-week&idle=day', false],
    ['age=new-day&idle=hour', false],
    ['age=old-day&idle=month', false],
    ['age=new-day', false],
    ['idle=month', false],
  ] as const) {
    const { html } = await staff.get(`?page=sessions&${query}`)
    expect([query, lately.test(textOf(html))]).toEqual([query, isUnmatchable])
  }
})

test('a filter of /admin by a name that no user has says so, and leads to a search of the users', async () => {
  const { html } = await staff.get('?page=sessions&user=lovel')
  expect(textOf(html)).toContain('There is no user of this name.')
  expect(html).toContain('href="?page=users&amp;search=lovel"')
  for (const query of ['page=sessions&user=%20AD&status=ANY', 'page=audit&user=ad&type=LOGIN']) {
    const begun = await staff.get(`?${query}`)
    expect(textOf(begun.html)).toContain('There is no user of this name. These names begin so:')
    const [page, rest] = query.split(/&user=[^&]*/)
    const link = [...begun.html.matchAll(/href="([^"]*)"><bdi class="name">(ad[^<]*)/g)]
    const wanted = Object.fromEntries(new URLSearchParams(`${page}&user=ada${rest}`))
    const leadsTo = (to = '') =>
      Object.fromEntries(new URLSearchParams(to.replaceAll('&amp;', '&')))
    expect(link.map(([, to, name]) => [leadsTo(to), name])).toEqual([[wanted, 'ada']])
  }
  const known = await staff.get('?page=sessions&user=ada')
  expect(textOf(known.html)).toContain('No session matches.')
})

test('an end of all that match a filter that no session can match says why there is nothing to end', async () => {
  for (const act of ['review-every', 'end-every']) {
    const { status, html } = await staff.see('?page=sessions&address=999.999', { do: act })
    expect([act, status, textOf(html).includes(`Nothing to end ${noAddress}`)]).toEqual([
      act,
      200,
      true,
    ])
  }
})
