import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestClock, TestServer, Visitor } from '../harness.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const setExpiry = `mutation ($seconds: Int) {
  setSessionExpiry(seconds: $seconds) {
    __typename ... on SessionSuccess { session { expiresAt expiresAtBrowserClose } } ... on Error { code }
  }
}`

/** SESSION_STAFF_AGE on one engine; `settings` name it. */
function describeStaffAge(engine: string, settings: () => Record<string, string>): void {
  describe(`SESSION_STAFF_AGE on ${engine}`, { tags: ['G10'] }, () => {
    const clock = createClock()
    let server: TestServer
    beforeAll(async () => {
      server = await startServer({ SESSION_STAFF_AGE: '60', ...settings() }, { now: clock.now })
    })
    afterAll(() => server?.stop())

    test('a login and every later change of the expiry stay within SESSION_STAFF_AGE', async () => {
      const chief = await signUp(server, 'chief', { isStaff: true })
      for (const rememberMe of [true, false, null]) {
        const { visitor, session } = await login(server, chief, rememberMe)
        expect([rememberMe, secondsLeft(session, clock)]).toEqual([rememberMe, 60])
        for (const seconds of [1_209_600, 0, null, 30]) {
          const { setSessionExpiry } = await visitor.data(setExpiry, { seconds })
          const left = secondsLeft(setSessionExpiry.session, clock)
          expect([seconds, left]).toEqual([seconds, seconds === 30 ? 30 : 60])
        }
      }
    })

    test('SESSION_STAFF_AGE binds a user who becomes staff from the next request on, and no longer once they are not staff', async () => {
      const ada = await signUp(server, 'ada')
      const { visitor, session } = await login(server, ada, true)
      expect(secondsLeft(session, clock)).toBe(1_209_600)
      clock.advance(5_000)
      await setStaff(server, ada, true)
      expect(await read(visitor)).toEqual({ user: ada, maxAge: 60 })
      await visitor.data(setExpiry, { seconds: 1_209_600 })
      clock.advance(55_000)
      expect(await read(visitor)).toEqual({ user: ada, maxAge: 60 })
      await setStaff(server, ada, false)
      const { setSessionValue } = await visitor.data(write)
      expect(secondsLeft(setSessionValue.session, clock)).toBe(1_209_600)
    })

    test('a staff session is over once it was idle for SESSION_STAFF_AGE, one from before the user was staff too', async () => {
      const bob = await signUp(server, 'bob')
      const { visitor: before } = await login(server, bob, true)
      await setStaff(server, bob, true)
      const { visitor: after } = await login(server, bob, true)
      clock.advance(67_000)
      for (const visitor of [before, after]) expect((await read(visitor)).user).toBeNull()
    })
  })
}

const write = `mutation { setSessionValue(key: "a", value: 1) {
  ... on SessionSuccess { session { expiresAt } }
} }`

async function signUp({ app }: TestServer, username: string, { isStaff = false } = {}) {
  await createUser(app.db, app.passwords, { username, password, isStaff })
  return username
}

async function login(server: TestServer, username: string, rememberMe: boolean | null) {
  const visitor = server.visitor()
  const answer = await visitor.data(loginDocument, { username, password, rememberMe })
  return { visitor, session: answer.login.session as { expiresAt: string } }
}

function setStaff({ app }: TestServer, username: string, isStaff: boolean) {
  return app.db.user.update({ where: { usernameKey: username }, data: { isStaff } })
}

function secondsLeft({ expiresAt }: { expiresAt: string }, clock: TestClock): number {
  return (Date.parse(expiresAt) - clock.now()) / 1000
}

/** Who is signed in, and for how many seconds the browser was told to keep the cookie. */
async function read(visitor: Visitor) {
  const { data, setCookie } = await visitor.send('{ me { username } }')
  const maxAge = /Max-Age=(\d+)/.exec(setCookie[0] ?? '')?.[1]
  return { user: data.me?.username ?? null, maxAge: maxAge === undefined ? null : Number(maxAge) }
}

test('reading alone keeps a staff session within SESSION_STAFF_AGE, where otherwise only writing keeps a session alive', async () => {
  const server = await startServer({ SESSION_STAFF_AGE: '60', SESSION_SAVE_EVERY_REQUEST: 'false' })
  const ada = await signUp(server, 'ada')
  const { visitor } = await login(server, ada, true)
  await setStaff(server, ada, true)
  expect(await read(visitor)).toEqual({ user: ada, maxAge: 60 })
  await server.stop()
})

test('a staff session that goes when the browser closes still does where SESSION_STAFF_AGE cuts it short', async () => {
  const server = await startServer({
    SESSION_STAFF_AGE: '60',
    SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true',
  })
  const { visitor } = await login(server, await signUp(server, 'chief', { isStaff: true }), null)
  const { session } = await visitor.data('{ session { expiresAtBrowserClose } }')
  expect(session.expiresAtBrowserClose).toBe(true)
  await server.stop()
})

test(
  'without a setting staff have half an hour of idle time, remembered or not, and other users what they asked for',
  { tags: ['G10'] },
  async () => {
    const clock = createClock()
    const server = await startServer({}, { now: clock.now })
    const chief = await signUp(server, 'chief', { isStaff: true })
    const { session, visitor } = await login(server, chief, true)
    expect(secondsLeft(session, clock)).toBe(1800)
    const again = await visitor.data(loginDocument, { username: chief, password, rememberMe: true })
    expect(secondsLeft(again.login.session, clock)).toBe(1800)
    expect(secondsLeft((await login(server, chief, false)).session, clock)).toBe(300)
    const ada = await signUp(server, 'ada')
    expect(secondsLeft((await login(server, ada, true)).session, clock)).toBe(1_209_600)
    await server.stop()
  },
)

describeStaffAge('the database', () => ({}))
describeStaffAge('signed cookies', () => ({ SESSION_ENGINE: 'signed-cookies' }))

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-staff-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  describeStaffAge('files', () => ({ SESSION_ENGINE: 'file', SESSION_FILE_PATH: folder }))
})

describe.skipIf(redisProgram === null)('Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis?.stop())

  for (const engine of ['cache', 'cached-database'])
    describeStaffAge(engine, () => ({ SESSION_ENGINE: engine, CACHE_URL: redis.url }))
})
