import { afterAll, beforeAll, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { createClock, password } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { isSignIn, pageClient, signedInStaff, startAdmin, textOf, signInAt } from './client.ts'
import type { PageAnswer, PageClient } from './client.ts'

const clock = createClock()
let server: TestServer
beforeAll(async () => {
  server = await startAdmin({}, { now: clock.now })
  await createUser(server.app.db, server.app.passwords, {
    username: 'deputy',
    password,
    isStaff: true,
  })
})
afterAll(() => server.stop())

const isOver =
  'Nothing was done: your session was over when you sent the form. Sign in to go back to its page, and send it again.'
const by = { actorId: null, sessionId: null, client: null, shell: { user: 'root', host: 'here' } }
const make = { do: 'make', username: 'eve', email: 'eve@example.com', password, staff: 'yes' }

/** Where the form of the sign-in leads. */
function actionOf({ html }: PageAnswer): string {
  return /<form method="post" action="([^"]*)"/.exec(html)![1]!.replaceAll('&amp;', '&')
}

type Form = Parameters<PageClient['post']>[1]

const usersNamedEve = () => server.app.db.user.count({ where: { username: 'eve' } })

test(
  'a form that is sent after half an hour says that nothing was done, and that the session has expired',
  { tags: ['G15'] },
  async () => {
    const client = await signedInStaff(server)
    clock.advance(31 * 60_000)
    const answer = await client.post('?page=new-user', make)
    expect(isSignIn(answer)).toBe(true)
    expect(textOf(answer.html)).toContain(`${isOver} Your session has expired.`)
    expect(answer.html).toContain('<title>Error: Staff sign-in')
    expect(await usersNamedEve()).toBe(0)
  },
)

test('a form that comes without a cookie, because the browser has dropped it, says that nothing was done', async () => {
  const client = await signedInStaff(server)
  client.cookie = null
  const answer = await client.post('?page=new-user', make)
  expect([isSignIn(answer), client.cookie]).toEqual([true, null])
  expect(textOf(answer.html)).toContain(isOver)
  expect(await usersNamedEve()).toBe(0)
})

test('after a form that came too late staff find the name of the new user as they typed it, neither the address, the password nor the rights, and nothing is made', async () => {
  const client = pageClient(`${server.url}/admin`)
  const late = await client.post('?page=new-user', make)
  expect(late.html).not.toMatch(/correct|horse|example\.com|staff(?:=|%3D)/)
  const refused = await client.post(actionOf(late), { username: 'chief', password: 'wrong' })
  const to = await signInAt(client, actionOf(refused))
  const { html } = await client.get(to!)
  expect(html).toMatch(/name="username"[^>]* value="eve"/)
  expect(html).not.toContain('eve@example.com')
  expect(html).toMatch(/name="password" type="password" value autocomplete/)
  expect(html).not.toMatch(/ checked/)
  expect(await usersNamedEve()).toBe(0)
  const made = await client.post('?page=new-user', { ...make, staff: '' })
  expect(made.to).toMatch(/page=user&/)
  await server.app.db.user.deleteMany({ where: { username: 'eve' } })
})

test(
  'no link of another site fills in the form that makes a user, by way of the sign-in or without',
  { tags: ['G18'] },
  async () => {
    const filled = `page=new-user&as-typed=${encodeURIComponent('username=mallory')}`
    const staff = await signedInStaff(server)
    expect((await staff.get(`?${filled}`)).html).toContain('mallory') // a page of ours leads there
    const empty = await staff.follow(`?${filled}`)
    expect([empty.html.includes('Make a user'), empty.html.includes('mallory')]).toEqual([
      true,
      false,
    ])
    const client = pageClient(`${server.url}/admin`)
    for (const query of [
      `?${filled}`,
      `?page=sign-in&as-typed=${encodeURIComponent('username=mallory')}&next=page%3Dnew-user`,
      `?${new URLSearchParams({ page: 'sign-in', next: filled })}`,
    ]) {
      client.cookie = null
      const asked = await client.follow(query)
      const page = asked.to === null ? asked : await client.follow(asked.to)
      expect([query, page.html.includes('mallory')]).toEqual([query, false])
      expect([query, page.status, page.to, isSignIn(page)]).toEqual([query, 200, null, true])
      const to = await signInAt(client, actionOf(page))
      expect([query, to]).toEqual([query, '?page=new-user'])
    }
  },
)

test('what was typed into a form that came too late is left out where an address would be too long for it', async () => {
  const client = pageClient(`${server.url}/admin`)
  const late = await client.post('?page=new-user', { ...make, username: 'e'.repeat(3000) })
  expect(late.html).not.toMatch(/eee/)
  expect(await signInAt(client, actionOf(late))).toBe('?page=new-user')
})

test('after a form that came too late the sign-in leads to the list with its filter, or to the one that the form was about', async () => {
  for (const [query, act] of [
    ['?page=sessions&user=ada&browser=Firefox&status=ANY', 'review-picked'],
    ['?page=change-user&id=7&to=deactivate', 'deactivate'],
    ['?page=session&id=none', 'end'],
  ] as const) {
    const client = pageClient(`${server.url}/admin`)
    const late = await client.post(query, { do: act })
    // A try that is refused does not lose the way back.
    const refused = await client.post(actionOf(late), { username: 'chief', password: 'wrong' })
    expect(await signInAt(client, actionOf(refused))).toBe(query)
  }
})

test('after the end of many that came too late staff look at what would end once more, and nothing has ended', async () => {
  const [one, other] = [await server.signedIn('gil'), await server.signedIn('hal')]
  clock.advance(1) // what began in the same instant does not end
  const whose = { user: { username: { in: ['gil', 'hal'] } } }
  const rows = await server.app.db.session.findMany({ where: whose })
  const picked = (act: string): Form => [
    ['do', act],
    ...rows.map(({ id }): [string, string] => ['id', id]),
  ]
  const forms: [string, Form, string][] = [
    ['?page=sessions&user=gil&status=ANY', { do: 'review-every' }, 'End 1 session?'],
    [
      '?page=sessions&user=gil',
      { do: 'end-every', sure: 'yes', at: `${clock.now()}` },
      'End 1 session?',
    ],
    ['?page=sessions', picked('review-picked'), 'End these 2 sessions?'],
    ['?page=sessions', picked('end-picked'), 'End these 2 sessions?'],
  ]
  for (const [query, form, heading] of forms) {
    const client = pageClient(`${server.url}/admin`)
    const late = await client.post(query, form)
    const to = await signInAt(client, actionOf(late))
    const { html } = await client.get(to!)
    expect([query, /<h1>(.*?)<\/h1>/.exec(html)?.[1]]).toEqual([query, heading])
  }
  for (const visitor of [one, other])
    expect(await visitor.data('{ me { username } }')).toMatchObject({ me: expect.anything() })
})

const ends: [string, string, (client: PageClient) => Promise<unknown>][] = [
  [
    'staff have ended the session',
    `${isOver} Your session was ended from another device, or by a member of staff.`,
    () => server.app.sessions.revokeAll({ username: 'deputy' }, by),
  ],
  [
    'the password was changed',
    `${isOver} Your password was changed, which ended your session.`,
    () => server.app.users.setPassword({ username: 'deputy' }, password, by),
  ],
  [
    'the user was deactivated',
    `${isOver} Your account is no longer active.`,
    () => server.app.users.setActive({ username: 'deputy' }, false, by),
  ],
  [
    'another tab has signed out',
    `${isOver} You have signed out.`,
    (client) => client.post('?page=home', { do: 'sign-out' }),
  ],
  [
    'the user is staff no longer',
    'Nothing was done: the form that you sent is for staff alone. You are signed in as deputy , who is not staff.',
    () => server.app.users.setStaff({ username: 'deputy' }, false, by),
  ],
]

test.each(ends)(
  'a form that is sent when %s says that nothing was done, and why',
  { tags: ['G15'] },
  async (_, says, end) => {
    const client = await signedInStaff(server, 'deputy')
    const { cookie } = client
    await end(client)
    client.cookie = cookie
    const answer = await client.post('?page=new-user', make)
    expect(isSignIn(answer)).toBe(true)
    expect(textOf(answer.html)).toContain(says)
    expect(await usersNamedEve()).toBe(0)
    await server.app.users.setActive({ username: 'deputy' }, true, by)
    await server.app.users.setStaff({ username: 'deputy' }, true, by)
  },
)

test('a sign-out does what it says for a user who is staff no longer, and for one whose session is over', async () => {
  const client = await signedInStaff(server, 'deputy')
  const { cookie } = client
  await server.app.users.setStaff({ username: 'deputy' }, false, by)
  const out = await client.post('?page=home', { do: 'sign-out' })
  expect([out.status, out.to, client.cookie]).toEqual([303, '?page=sign-in', null])
  client.cookie = cookie
  const again = await client.post('?page=home', { do: 'sign-out' })
  expect([again.status, again.to]).toEqual([303, '?page=sign-in'])
  await server.app.users.setStaff({ username: 'deputy' }, true, by)
})
