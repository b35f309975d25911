import { afterEach, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { pageClient, signedInStaff, startAdmin } from './client.ts'
import type { PageAnswer } from './client.ts'

const clock = createClock()
const minutes = (count: number) => clock.advance(count * 60_000)

let server: TestServer
afterEach(() => server.stop())

const start = async (settings: Record<string, string> = {}) => {
  server = await startAdmin(settings, { now: clock.now })
}

/** For how many seconds the browser was told to keep the cookie; null where it was told nothing. */
function ageIn({ headers }: PageAnswer): number | null {
  const [, age] = /Max-Age=(\d+)/.exec(headers.get('set-cookie') ?? '') ?? []
  return age === undefined ? null : Number(age)
}

async function signIn(username = 'chief') {
  const client = pageClient(`${server.url}/admin`)
  return { client, age: ageIn(await client.post('?page=sign-in', { username, password })) }
}

const home = '?page=home'

test.each(['database', 'signed-cookies'])(
  'a session of the sign-in of /admin, kept by %s, may be idle for half an hour again and again, and no longer',
  { tags: ['G10'] },
  async (engine) => {
    await start({ SESSION_ENGINE: engine })
    const { client, age } = await signIn()
    expect(age).toBe(1800)
    for (let times = 0; times < 4; times++) {
      minutes(29)
      const answer = await client.get(home)
      expect([answer.status, ageIn(answer)]).toEqual([200, 1800])
    }
    minutes(31)
    expect((await client.get(home)).to).toMatch(/^\?page=sign-in/)
  },
)

test('a form of /admin works 29 minutes after its page was loaded', async () => {
  await start()
  const client = await signedInStaff(server)
  await client.get('?page=new-user')
  minutes(29)
  const { to } = await client.post('?page=new-user', { do: 'make', username: 'eve', password })
  expect(to).toMatch(/done=user-made/)
})

test.each([
  ['60', '1800'],
  ['1209600', '1800'],
  ['300', '120'],
])(
  'where visitors have %s seconds of idle time and staff %s, the sign-in of /admin gives those of staff',
  async (visitors, staff) => {
    await start({ SESSION_COOKIE_AGE: visitors, SESSION_STAFF_AGE: staff })
    expect((await signIn()).age).toBe(Number(staff))
    const { setCookie } = await server.visitor().send(loginDocument, { username: 'ada', password })
    expect(setCookie[0]).toContain(`Max-Age=${visitors};`)
  },
)

test('the absolute age ends a session of the sign-in of /admin before the age of staff does', async () => {
  await start({ SESSION_ABSOLUTE_AGE: '600' })
  const { client, age } = await signIn()
  expect(age).toBe(600)
  minutes(6)
  expect(ageIn(await client.get(home))).toBe(240)
  minutes(4)
  expect((await client.get(home)).to).toMatch(/^\?page=sign-in/)
})

test('where cookies end with the browser, so does the cookie of the sign-in of /admin, with the age of visitors', async () => {
  await start({ SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true', SESSION_COOKIE_AGE: '600' })
  const { client, age } = await signIn()
  expect([age, client.cookie === null]).toEqual([null, false])
  minutes(9)
  expect((await client.get(home)).status).toBe(200)
  minutes(11)
  expect((await client.get(home)).to).toMatch(/^\?page=sign-in/)
})

test('a user who signed in at the API, and is staff, keeps that session in /admin', async () => {
  await start()
  await server.app.db.user.update({ where: { usernameKey: 'ada' }, data: { isStaff: true } })
  const visitor = server.visitor()
  await visitor.data(loginDocument, { username: 'ada', password })
  const client = pageClient(`${server.url}/admin`)
  client.cookie = `sessionid=${visitor.cookie}`
  minutes(4)
  const answer = await client.get('?page=sign-in')
  expect([answer.to, ageIn(answer)]).toEqual([home, 300])
  minutes(6)
  expect((await client.get(home)).to).toMatch(/^\?page=sign-in/)
})

test('a session of the sign-in of /admin is cut short by an age of staff that an operator lowers', async () => {
  await start()
  const { client } = await signIn()
  const settings = { DATABASE_URL: `file:${server.folder}/test.db`, SESSION_STAFF_AGE: '60' }
  const lowered = await startServer(settings, { now: clock.now })
  const elsewhere = pageClient(`${lowered.url}/admin`)
  elsewhere.cookie = client.cookie
  expect(ageIn(await elsewhere.get(home))).toBe(60)
  minutes(2)
  expect((await elsewhere.get(home)).to).toMatch(/^\?page=sign-in/)
  await lowered.stop()
})
