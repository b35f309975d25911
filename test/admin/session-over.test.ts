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

test('what was in a form that came too late is nowhere on the sign-in, and is not sent again by it', async () => {
  const client = pageClient(`${server.url}/admin`)
  const late = await client.post('?page=new-user', make)
  expect(late.html).not.toMatch(/eve|correct horse|staff="yes"/)
  expect(await signInAt(client, actionOf(late))).toBe('?page=new-user')
  expect((await client.get('?page=new-user')).status).toBe(200)
  expect(await usersNamedEve()).toBe(0)
})

test('after a form that came too late the sign-in leads to the list with its filter, or to the one that the form was about', async () => {
  for (const [query, act] of [
    ['?page=sessions&user=ada&browser=Firefox&status=ANY', 'review-every'],
    ['?page=sessions&idle=week', 'end-every'],
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
