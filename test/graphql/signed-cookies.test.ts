import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

const [first, second] = ['first secret of at least 32 bytes', 'second secret of at least 32 byte']
const setValue =
  'mutation ($key: String!, $value: JSON!) { setSessionValue(key: $key, value: $value) { __typename ... on Error { code message } ... on SessionTooLargeError { limit } } }'
const look = '{ me { username } session { id keys isEmpty } }'

describe('the signed-cookies engine', { meta: { engine: 'signed cookies' } }, () => {
  const clock = createClock()
  const settings = { SESSION_ENGINE: 'signed-cookies', SECRET_KEY: first! }
  let server: TestServer
  beforeAll(async () => {
    server = await startServer(settings, { now: clock.now })
  })
  afterAll(() => server?.stop())

  const seen = (cookie: string, at = server) => at.visitor(cookie).send(look)
  const nobody = { me: null, session: { id: null, keys: [], isEmpty: true } }

  test(
    'a signed cookie with any character changed, cut off or added makes the visitor a stranger, and never a fault',
    { tags: ['I1'] },
    async () => {
      const visitor = await server.signedIn('tampered')
      const cookie = visitor.cookie!
      const changed = [...cookie].map((letter, at) => {
        const instead = letter === 'A' ? 'B' : 'A'
        return cookie.slice(0, at) + instead + cookie.slice(at + 1)
      })
      const cut = [...cookie]
        .map((_letter, at) => cookie.slice(0, at))
        .filter((text) => text !== '')
      for (const value of [...changed, ...cut, `${cookie}A`, `${cookie}==`, cookie + cookie]) {
        const { status, data, setCookie } = await seen(value)
        expect({ status, data, setCookie }).toEqual({ status: 200, data: nobody, setCookie: [] })
      }
      expect((await seen(cookie)).data.me.username).toBe('tampered')
    },
  )

  test('halves of two signed cookies make no session', { tags: ['I1'] }, async () => {
    const [one, two] = [await server.signedIn('half-one'), await server.signedIn('half-two')]
    const [left, right] = [one.cookie!, two.cookie!]
    for (let at = 8; at < left.length; at += 7) {
      expect((await seen(left.slice(0, at) + right.slice(at))).data).toEqual(nobody)
    }
  })

  test('a signed cookie shows nothing of what it carries', { tags: ['I7'] }, async () => {
    const visitor = server.visitor()
    await visitor.data(setValue, { key: 'secretName', value: 'secret value' })
    const bytes = Buffer.from(visitor.cookie!, 'base64url').toString('latin1')
    expect(bytes).not.toContain('secret')
    expect(visitor.cookie).not.toContain(Buffer.from('secret').toString('base64url').slice(0, -1))
  })

  test(
    'a session too large for the cookies of browsers is refused, and nothing is lost',
    { tags: ['A11'] },
    async () => {
      const visitor = await server.signedIn('large')
      await visitor.data(setValue, { key: 'kept', value: 1 })
      let size = 100
      let answer = await visitor.send(setValue, { key: 'big', value: 'x'.repeat(size) })
      while (answer.data.setSessionValue.__typename === 'SessionSuccess') {
        expect(Buffer.byteLength(answer.setCookie[0]!)).toBeLessThanOrEqual(4096 - 800)
        size += 100
        answer = await visitor.send(setValue, { key: 'big', value: 'x'.repeat(size) })
      }
      expect(size).toBeGreaterThan(2000)
      expect(answer.data.setSessionValue).toMatchObject({ code: 'SESSION_TOO_LARGE' })
      expect(answer.data.setSessionValue.limit).toBeLessThanOrEqual(4096 - 800)
      expect(answer.setCookie).toEqual([])
      expect((await visitor.data(look)).session.keys).toEqual(['big', 'kept'])
    },
  )

  test(
    'a login that no longer fits in the cookie is refused, and the guest keeps everything',
    { tags: ['A11'] },
    async () => {
      await server.signedIn('heavy')
      const guest = server.visitor()
      let size = 1700
      while (
        (await guest.data(setValue, { key: 'big', value: 'x'.repeat(size) })).setSessionValue
          .__typename === 'SessionSuccess'
      )
        size += 20
      const { data } = await guest.send(loginDocument, { username: 'heavy', password })
      expect(data.login.code).toBe('SESSION_TOO_LARGE')
      expect((await guest.data(look)).session.keys).toEqual(['big'])
    },
  )

  test(
    'a logout under an older cookie ends the session whose newer cookie had a shorter life',
    { tags: ['C1'] },
    async () => {
      const visitor = await server.signedIn('shortened')
      const older = visitor.cookie!
      await visitor.data('mutation { setSessionExpiry(seconds: 60) { __typename } }')
      clock.advance(61_000)
      expect((await seen(visitor.cookie!)).data).toEqual(nobody)
      const other = server.visitor(older)
      await other.data('mutation { logout { __typename } }')
      expect((await seen(older)).data).toEqual(nobody)
    },
  )

  test(
    'an end of all sessions ends those whose newer cookie had a shorter life too, for every cookie of them',
    { tags: ['C1', 'I3'] },
    async () => {
      const visitor = await server.signedIn('shortened-again')
      const older = visitor.cookie!
      await visitor.data('mutation { setSessionExpiry(seconds: 60) { __typename } }')
      clock.advance(61_000)
      expect((await seen(visitor.cookie!)).data).toEqual(nobody)
      expect((await seen(older)).data.me.username).toBe('shortened-again')
      const elsewhere = server.visitor()
      await elsewhere.data(loginDocument, { username: 'shortened-again', password })
      const { revokeOtherSessions } = await elsewhere.data(
        'mutation { revokeOtherSessions { isComplete } }',
      )
      expect(revokeOtherSessions).toEqual({ isComplete: true })
      expect((await seen(older)).data).toEqual(nobody)
    },
  )

  test(
    'the operator can replace a secret without signing a visitor out',
    { tags: ['I6'] },
    async () => {
      const visitor = await server.signedIn('rotated')
      const database = { DATABASE_URL: `file:${server.folder}/test.db` }
      const rotated = await startServer(
        { ...settings, ...database, SECRET_KEY: second!, SECRET_KEY_FALLBACKS: first! },
        { now: clock.now },
      )
      const replaced = await startServer(
        { ...settings, ...database, SECRET_KEY: second! },
        { now: clock.now },
      )
      try {
        expect((await seen(visitor.cookie!, replaced)).data).toEqual(nobody)
        const there: Visitor = rotated.visitor(visitor.cookie)
        expect((await there.data(look)).me.username).toBe('rotated')
        await there.data(setValue, { key: 'sealed', value: 'anew' })
        expect((await seen(there.cookie!, replaced)).data.me.username).toBe('rotated')
        expect((await seen(there.cookie!)).data).toEqual(nobody)
      } finally {
        await rotated.stop()
        await replaced.stop()
      }
    },
  )

  test(
    'a signed cookie from before a logout or a revocation is over for a user',
    { tags: ['I3'] },
    async () => {
      const visitor = await server.signedIn('ended')
      const before = visitor.cookie!
      await visitor.data(setValue, { key: 'later', value: 1 })
      const after = visitor.cookie!
      await visitor.data('mutation { logout { session { id } } }')
      for (const cookie of [before, after]) expect((await seen(cookie)).data).toEqual(nobody)
    },
  )

  test(
    'staff see that a session in a cookie exists, and not what is in it',
    { tags: ['G8'] },
    async () => {
      await server.signedIn('listed')
      const staff = await server.signedIn('lister', { isStaff: true })
      const { sessions } = await staff.data(
        '{ sessions(filter: { username: "listed" }) { nodes { id data user { username } } } }',
      )
      expect(sessions.nodes).toMatchObject([{ data: null, user: { username: 'listed' } }])
    },
  )
})
