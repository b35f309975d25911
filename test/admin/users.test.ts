import { afterAll, beforeAll, expect, test } from 'vitest'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { isSignIn, pageClient, signedInStaff, textOf } from './client.ts'
import type { PageClient } from './client.ts'

let server: TestServer
let staff: PageClient
beforeAll(async () => {
  server = await startServer()
  await server.signedIn('chief', { isStaff: true })
  staff = await signedInStaff(server)
})
afterAll(() => server.stop())

const idOf = async (username: string) =>
  (await server.app.db.user.findUniqueOrThrow({ where: { usernameKey: username } })).id

test('staff make a user in /admin, who can sign in from then on', async () => {
  const fields = { do: 'make', username: 'ada', email: 'ada@example.com', password }
  const { to } = await staff.post('?page=new-user', fields)
  const { html } = await staff.get(to!)
  expect(textOf(html)).toMatch(/ada The user is made\..*ada@example\.com/)
  const made = await server.app.users.find({ username: 'ada' })
  expect([made?.isStaff, made?.isActive]).toEqual([false, true])
  const again = await staff.post('?page=new-user', fields)
  expect([again.status, textOf(again.html).includes('This username is taken.')]).toEqual([
    200,
    true,
  ])
})

test('in /admin a fault of a new user stands beside its field, and what staff typed stays, save the password', async () => {
  const fields = { do: 'make', username: 'no spaces', email: 'x', password: 'short', staff: 'yes' }
  const { status, html } = await staff.post('?page=new-user', fields)
  expect([status, html.includes('<title>Error: ')]).toEqual([200, true])
  expect(html).toContain('value="no spaces"')
  expect(html).not.toContain('value="short"')
  for (const name of ['username', 'email', 'password'])
    expect(html).toMatch(new RegExp(`name="${name}"[^>]*aria-invalid="true"`))
  expect(html).toMatch(/name="staff"[^>]*checked/)
})

test('to deactivate a user in /admin signs them out everywhere, and to activate them lets them in again', async () => {
  const visitor = await server.signedIn('grace')
  const asks = (to: string) => `?page=change-user&id=${id}&to=${to}`
  const id = await idOf('grace')
  const question = textOf((await staff.get(asks('deactivate'))).html)
  expect(question).toMatch(
    /Deactivate grace\? User grace .*This cannot be undone\. 1 session of this user ends\./,
  )
  expect((await visitor.data('{ me { username } }')).me).toEqual({ username: 'grace' })
  const { to } = await staff.post(asks('deactivate'), { do: 'deactivate' })
  expect(textOf((await staff.get(to!)).html)).toMatch(
    /The user may not sign in any more\. 1 session ended\./,
  )
  expect((await visitor.data('{ me { username } }')).me).toBeNull()
  expect(textOf((await staff.get(asks('deactivate'))).html)).toContain('That is so already.')
  await staff.post(asks('activate'), { do: 'activate' })
  expect((await server.app.users.find({ username: 'grace' }))?.isActive).toBe(true)
})

test('a user who is made staff can open the admin pages, and cannot once they are staff no longer', async () => {
  await server.signedIn('linus')
  const query = `?page=change-user&id=${await idOf('linus')}`
  await staff.post(query, { do: 'promote' })
  const linus = await signedInStaff(server, 'linus')
  expect((await linus.get('?page=home')).status).toBe(200)
  await staff.post(query, { do: 'demote' })
  expect((await linus.get('?page=home')).to).toMatch(/^\?page=sign-in/)
})

test('staff can change their own rights neither on the page of /admin nor by a form of their own', async () => {
  const id = await idOf('chief')
  expect((await staff.get(`?page=user&id=${id}`)).html).not.toMatch(/to=(deactivate|demote)"/)
  for (const act of ['deactivate', 'demote']) {
    const query = `?page=change-user&id=${id}&to=${act}`
    const question = await staff.get(query)
    expect(textOf(question.html)).toContain('This is you.')
    expect(question.html).not.toContain(`value="${act}"`)
    const { status, html } = await staff.post(query, { do: act })
    expect([act, status, html.includes('<title>Error: ')]).toEqual([act, 200, true])
  }
  expect(await server.app.users.find({ username: 'chief' })).toMatchObject({
    isStaff: true,
    isActive: true,
  })
})

test('to set a password in /admin ends every session of the user, and the old password signs in no more', async () => {
  const visitor = await server.signedIn('edsger')
  const query = `?page=change-user&id=${await idOf('edsger')}&to=set-password`
  const weak = await staff.post(query, { do: 'set-password', password: 'edsger' })
  expect([weak.status, /name="password"[^>]*aria-invalid/.test(weak.html)]).toEqual([200, true])
  await staff.post(query, { do: 'set-password', password: 'another good long one' })
  expect((await visitor.data('{ me { username } }')).me).toBeNull()
  const client = pageClient(`${server.url}/admin`)
  const refused = await client.post('?page=sign-in', { username: 'edsger', password })
  expect([isSignIn(refused), client.cookie]).toEqual([true, null])
})

test('the page of a user in /admin has no form that changes them, and an unknown change is answered 404', async () => {
  const id = await idOf('linus')
  const { html } = await staff.get(`?page=user&id=${id}`)
  expect([...html.matchAll(/name="do" value="([^"]*)"/g)].map(([, act]) => act)).toEqual([
    'sign-out',
  ])
  for (const to of ['', 'nonsense', 'constructor', '__proto__', '%00'])
    expect([to, (await staff.get(`?page=change-user&id=${id}&to=${to}`)).status]).toEqual([to, 404])
})

test('the search of /admin finds users by a part of a name or address, and the page of each has their sessions and audit', async () => {
  await server.signedIn('barbara')
  const { html } = await staff.get('?page=users&search=BARB')
  expect(textOf(html)).toContain('barbara')
  expect(textOf(html)).not.toContain('edsger')
  const found = textOf((await staff.get(`?page=user&id=${await idOf('barbara')}`)).html)
  expect(found).toMatch(/Signed in now .*127\.0\.0\.1.*What they did.*Signed in/)
  expect(textOf((await staff.get('?page=users&search=nobody')).html)).toContain('No user matches.')
})

test('the audit in /admin finds events by type, user and time', async () => {
  const rows = async (query: string) =>
    [
      ...(await staff.get(`?page=audit&${query}`)).html.matchAll(
        /<th scope="row">(?:<[^>]*>)?([^<]*)/g,
      ),
    ].map(([, name]) => name)
  expect(new Set(await rows('type=USER_PROMOTED'))).toEqual(new Set(['Made staff']))
  expect(await rows('user=linus&type=USER_DEMOTED')).toEqual(['Staff no longer'])
  expect(await rows('user=nobody')).toEqual([])
  await server.app.db.auditEvent.updateMany({
    where: { type: 'USER_DEMOTED' },
    data: { at: new Date(Date.now() - 2 * 86_400_000) },
  })
  expect(await rows('user=linus&type=USER_DEMOTED&when=day')).toEqual([])
  expect(await rows('user=linus&type=USER_DEMOTED&when=week')).toEqual(['Staff no longer'])
})

test('the front page of /admin counts sessions and events, and says how the database is', async () => {
  const text = textOf((await staff.get('?page=home')).html)
  expect(text).toMatch(/\d+ Active sessions \d+ Signed in \d+ Guests/)
  expect(text).toMatch(/The last 24 hours Sign-ins [1-9]\d*/)
  expect(text).toMatch(
    /The database answers The session store answers: it is the database The bus not needed: processes watch/,
  )
})
