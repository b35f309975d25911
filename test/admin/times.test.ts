import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { TestServer } from '../harness.ts'
import { signedInStaff, startAdmin, textOf } from './client.ts'
import type { PageClient } from './client.ts'

let server: TestServer
let staff: PageClient
beforeAll(async () => {
  server = await startAdmin()
  staff = await signedInStaff(server)
})
afterEach(async () => {
  await server.app.db.session.deleteMany({ where: { ipAddress: { endsWith: '.' } } })
  await server.app.db.auditEvent.deleteMany({ where: { ipAddress: { endsWith: '.' } } })
})
afterAll(() => server.stop())

const minute = 60_000
const day = 1440 * minute
/** A full hour, two days ago. */
const two = Math.floor(Date.now() / day) * day - 2 * day + 14 * 60 * minute

/** An instant as a field sends it. */
const field = (at: number, length = 16) => new Date(at).toISOString().slice(0, length)

/** Sessions of guests that began at these instants. The address of each says which it is: `net`, and its place in the list. */
const plant = (net: string, begun: readonly number[]) =>
  server.app.db.session.createMany({
    data: begun.map((at, n) => ({
      id: `${net}${n}`.padEnd(64, 'a'),
      createdAt: new Date(at),
      lastSeenAt: new Date(Math.max(at, Date.now() - minute)),
      expiresAt: new Date(Date.now() + day),
      ipAddress: `${net}${n}.`,
      data: '{}',
    })),
  })

const logins = (begun: readonly number[], net: string) =>
  server.app.db.auditEvent.createMany({
    data: begun.map((at, n) => ({ at: new Date(at), type: 'LOGIN', ipAddress: `${net}${n}.` })),
  })

async function addresses(query: string, net: string): Promise<string[]> {
  const { html } = await staff.get(query)
  const text = textOf(html.replaceAll('<wbr/>', ''))
  return [...new Set([...text.matchAll(new RegExp(`${net}\\d+\\.`, 'g'))].map(([one]) => one))]
}

const edges = [two - 1, two, two + 30 * minute, two + 60 * minute - 1, two + 60 * minute]

test('the audit in /admin answers who signed in between two instants, the first of them included', async () => {
  await logins(edges, 'a')
  const span = `from=${field(two)}&until=${field(two + 60 * minute)}`
  const found = await addresses(`?page=audit&type=LOGIN&${span}`, 'a')
  expect(found).toEqual(['a3.', 'a2.', 'a1.'])
  const since = await addresses(`?page=audit&from=${field(two)}`, 'a')
  expect(since).toHaveLength(4)
  const before = await addresses(`?page=audit&until=${field(two)}`, 'a')
  expect(before).toEqual(['a0.'])
  const toTheSecond = `?page=audit&until=${field(two + 60 * minute - 1, 19)}`
  expect(await addresses(toTheSecond, 'a')).toHaveLength(3)
  const typed = `?page=audit&until=${field(two).replace('T', '+')}`
  expect(await addresses(typed, 'a')).toEqual(['a0.'])
})

test('the list of sessions in /admin has those that began between two instants, the first of them included', async () => {
  await plant('b', edges)
  const span = `from=${field(two)}&until=${field(two + 60 * minute)}`
  const { html } = await staff.get(`?page=sessions&${span}`)
  expect(textOf(html)).toContain('Began from ( UTC )')
  expect(html).toMatch(new RegExp(`<input id="field-from"[^>]* value="${field(two)}"`))
  const found = await addresses(`?page=sessions&${span}`, 'b')
  expect(found).toEqual(['b3.', 'b2.', 'b1.'])
  expect(await addresses(`?page=sessions&${span}&age=new-day`, 'b')).toEqual([])
  expect(await addresses(`?page=sessions&${span}&age=old-day`, 'b')).toHaveLength(3)
})

test.each(['sessions', 'audit'])(
  'the pages of the list of %s between two instants in /admin have every row once, and no other',
  async (page) => {
    const many = Array.from({ length: 123 }, (_, n) => two + Math.floor(n / 4) * minute)
    await (page === 'audit' ? logins(many, 'c') : plant('c', many))
    const query = `?page=${page}&from=${field(two)}&until=${field(two + 25 * minute)}`
    const seen: string[] = []
    for (let next: string | undefined = query; next !== undefined;) {
      seen.push(...(await addresses(next, 'c')))
      const link = /<a href="([^"]*)" class="button">Older/.exec((await staff.get(next)).html)
      next = link?.[1]?.replaceAll('&amp;', '&')
    }
    expect([...seen].sort()).toEqual(
      many
        .slice(0, 100)
        .map((_, n) => `c${n}.`)
        .sort(),
    )
  },
)

test('an end of all sessions that began between two instants ends these, and the audit says which times', async () => {
  await plant('d', edges)
  const query = `?page=sessions&kind=guests&from=${field(two)}&until=${field(two + 60 * minute)}`
  const dry = await staff.see(query, { do: 'review-every' })
  const said = (at: number) =>
    `${new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' }).format(at)} UTC`
  const [first, end] = [said(two), said(two + 60 * minute)]
  expect(textOf(dry.html)).toContain('End 3 sessions?')
  expect(textOf(dry.html).replaceAll(' ,', ',')).toContain(
    `of guests, that began at ${first} or later, that began before ${end}`,
  )
  const at = /name="at" value="(\d+)"/.exec(dry.html)![1]!
  const { to } = await staff.post(query, { do: 'end-every', at, sure: 'yes' })
  expect(textOf((await staff.get(to!)).html)).toContain('3 sessions ended.')
  const left = await server.app.db.session.findMany({
    where: { ipAddress: { startsWith: 'd' }, endedAt: null },
    select: { ipAddress: true },
  })
  expect(left.map(({ ipAddress }) => ipAddress).sort()).toEqual(['d0.', 'd4.'])
  const audit = textOf((await staff.get('?page=audit&type=SESSIONS_REVOKED')).html)
  expect(audit).toContain(`that began at ${first} or later`)
  expect(audit).toContain(`that began before ${end}`)
})

test('an end of all sessions that began before an hour to come spares those that began after the dry run', async () => {
  await plant('e', [Date.now() - minute])
  const query = `?page=sessions&kind=guests&from=${field(Date.now() - 5 * minute)}&until=${field(Date.now() + 60 * minute)}`
  const dry = await staff.see(query, { do: 'review-every' })
  const at = /name="at" value="(\d+)"/.exec(dry.html)![1]!
  await plant('f', [Number(at) + 1])
  await staff.post(query, { do: 'end-every', at, sure: 'yes' })
  const alive = async (ipAddress: string) =>
    server.app.db.session.count({ where: { ipAddress, endedAt: null } })
  expect([await alive('e0.'), await alive('f0.')]).toEqual([0, 1])
})

test('in a filter of /admin, text that is no date with a time gets a message at its field, and ends nothing', async () => {
  const none = [
    'yesterday',
    '2026-11-26',
    '14:00',
    '2026-02-30T14:00',
    '2026-11-26T24:00',
    '2026-13-01T00:00',
    '2026-11-26T14:00Z',
    '+275760-09-13T00:00',
    '1767225600000',
    '<b',
  ]
  const before = await server.app.db.session.count({ where: { endedAt: null } })
  for (const text of none)
    for (const name of ['from', 'until'] as const) {
      const told = `can match: “${name}” has no date with a time. Write one such as 2026-11-26T14:00, in UTC , or leave it out.`
      for (const page of ['sessions', 'audit']) {
        const query = `?${new URLSearchParams({ page, [name]: text })}`
        const { status, html } = await staff.get(query)
        expect([query, status, textOf(html).includes(told)]).toEqual([query, 200, true])
        const [input] = new RegExp(`<input id="field-${name}"[^>]*>`).exec(html)!
        expect(input).toContain('aria-invalid="true" aria-describedby="why-none"')
        expect(input).toContain('autofocus')
        expect(html).toContain('<title>Error: ')
      }
      const query = `?${new URLSearchParams({ page: 'sessions', [name]: text })}`
      const form = { do: 'end-every', at: String(Date.now()), sure: 'yes' }
      const ended = await staff.see(query, form)
      expect([ended.status, textOf(ended.html).includes('Nothing to end')]).toEqual([200, true])
    }
  expect(await server.app.db.session.count({ where: { endedAt: null } })).toBe(before)
})

test('a filter of /admin whose times exclude each other says so', async () => {
  const hours = (ago: number) => field(Date.now() - ago * 60 * minute)
  const empty = /can match: there is no time between those that are asked for\./
  const toCome = /can match: the time in “from” is still to come\. It is .* UTC now\./
  const lately = /can match: one that began so lately cannot have been last seen so long ago\./
  for (const [query, why] of [
    [`page=sessions&from=${hours(2)}&until=${hours(3)}`, empty],
    [`page=sessions&from=${hours(2)}&until=${hours(2)}`, empty],
    [`page=sessions&from=${hours(2)}&age=old-day`, empty],
    [`page=sessions&until=${hours(2)}&age=new-hour`, empty],
    [`page=sessions&from=${hours(-1)}`, toCome],
    [`page=sessions&from=${hours(2)}&idle=day`, lately],
    [`page=audit&from=${hours(2)}&until=${hours(3)}`, empty],
    [`page=audit&until=${hours(2)}&when=hour`, empty],
    [`page=audit&from=${hours(-1)}`, toCome],
  ] as const)
    expect([query, textOf((await staff.get(`?${query}`)).html)]).toEqual([
      query,
      expect.stringMatching(why),
    ])
  for (const query of [
    `page=sessions&from=${hours(2)}&until=${hours(1)}`,
    `page=sessions&from=${hours(2)}&idle=hour`,
    `page=sessions&from=${hours(2)}&age=new-hour`,
    `page=audit&from=${hours(2)}&until=${hours(-9)}&when=hour`,
  ])
    expect([query, textOf((await staff.get(`?${query}`)).html)]).toEqual([
      query,
      expect.not.stringContaining('can match'),
    ])
})
