import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createKey, idOf } from '../../src/session/key.ts'
import {
  createClock,
  createVisitor,
  loginDocument,
  password,
  registerDocument,
  startServer,
} from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const document =
  'subscription { sessionEvents { __typename ... on SessionChanged { session { id keys isAuthenticated expiresAt user { username } } preferences { theme } cart { totalQuantity } } ... on SessionEnded { reason } } }'
const setValue =
  'mutation ($key: String!) { setSessionValue(key: $key, value: 1) { __typename ... on SessionSuccess { session { id } } } }'
const addItem =
  'mutation { addCartItem(input: { sku: "a" }) { __typename ... on CartSuccess { cart { totalQuantity } } } }'
const logout = 'mutation { logout { session { id } } }'
const goDark = 'mutation { updatePreferences(input: { theme: DARK }) { __typename } }'
const deleteSession = 'mutation ($id: ID!) { deleteSession(id: $id) { __typename } }'
const look = '{ session { id expiresAt } }'

/** What a client of the stream has. */
interface Listener {
  readonly response: Response
  /** The next result; null once the stream is complete. */
  // oxlint-disable-next-line typescript/no-explicit-any
  next(): Promise<any>
  leave(): void
}

/** Opens the stream with a cookie, as fetch does, or as EventSource does with GET. */
async function listen(url: string, cookie: string | null, method = 'POST'): Promise<Listener> {
  const caller = new AbortController()
  const query = method === 'GET' ? `?query=${encodeURIComponent(document)}` : ''
  const response = await fetch(`${url}/graphql${query}`, {
    method,
    signal: caller.signal,
    headers: {
      accept: 'text/event-stream',
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...(cookie !== null && { cookie: `sessionid=${cookie}` }),
    },
    ...(method === 'POST' && { body: JSON.stringify({ query: document }) }),
  })
  const results = readResults(response)
  return {
    response,
    next: async () => (await results.next()).value ?? null,
    leave: () => caller.abort(),
  }
}

/** The results of a stream in graphql-sse's form, which ends with `complete`. */
async function* readResults(response: Response): AsyncGenerator<unknown, void> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true })
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n')
      text = text.slice(end + 2)
      const data = lines.find((line) => line.startsWith('data: '))
      if (lines.includes('event: complete')) return
      if (data) yield JSON.parse(data.slice('data: '.length))
    }
  }
  throw new Error('The stream broke off.')
}

const ended = (reason: string) => ({
  data: { sessionEvents: { __typename: 'SessionEnded', reason } },
})
const changed = (expected: object) => ({
  data: { sessionEvents: { __typename: 'SessionChanged', ...expected } },
})

async function expectEnd(listener: Listener, reason: string): Promise<void> {
  expect(await listener.next()).toEqual(ended(reason))
  expect(await listener.next()).toBeNull()
}

let count = 0
const newName = () => `watcher${count++}`

// The interval is an hour: whatever arrives here was called for, and found by no re-check.
function describeStreams(engine: string, settings: () => Record<string, string>): void {
  describe(`session events on ${engine}`, { meta: { engine } }, () => {
    const clock = createClock()
    let server: TestServer
    beforeAll(async () => {
      const own = { SESSION_RECHECK_INTERVAL: '3600', ...settings() }
      server = await startServer(own, { now: clock.now })
    })
    afterAll(() => server?.stop())

    const watch = ({ cookie }: Visitor, method?: string) => listen(server.url, cookie, method)

    test.each(['POST', 'GET'])(
      'a stream gets the change of another tab, over %s',
      async (method) => {
        const username = newName()
        const here = await server.signedIn(username)
        const there = server.visitor(here.cookie)
        const listener = await watch(here, method)
        await there.data(setValue, { key: 'one' })
        expect(await listener.next()).toMatchObject(
          changed({ session: { keys: ['one'], isAuthenticated: true, user: { username } } }),
        )
        await there.data(goDark)
        await there.data(addItem)
        for (;;) {
          const { session, preferences, cart } = (await listener.next()).data.sessionEvents
          expect(session.keys).toEqual(['one'])
          expect(preferences.theme).toBe('DARK')
          if (cart.totalQuantity === 1) break
        }
        listener.leave()
      },
    )

    test('a reader of two hundred changes gets the last', async () => {
      const guest = server.visitor()
      await guest.data(addItem)
      const listener = await watch(guest)
      const tab = server.visitor(guest.cookie)
      await Promise.all(Array.from({ length: 200 }, () => tab.data(addItem)))
      for (let total = 1; total < 201;) {
        const next = (await listener.next()).data.sessionEvents.cart.totalQuantity
        expect(next).toBeGreaterThan(total)
        total = next
      }
      listener.leave()
    })

    test('a logout in another tab ends the stream', { tags: ['E24'] }, async () => {
      const here = await server.signedIn(newName())
      const listener = await watch(here)
      await server.visitor(here.cookie).data(logout)
      await expectEnd(listener, 'LOGOUT')
    })

    test('a guest’s logout ends the stream', async () => {
      const guest = server.visitor()
      await guest.data(addItem)
      const listener = await watch(guest)
      await guest.data(logout)
      await expectEnd(listener, 'LOGOUT')
    })

    test('staff who end a session end its stream', { tags: ['E24'] }, async () => {
      const staff = await server.signedIn(newName(), { isStaff: true })
      const user = await server.signedIn(newName())
      const listener = await watch(user)
      const { session } = await user.data(look)
      const answer = await staff.data(deleteSession, { id: session.id })
      expect(answer.deleteSession.__typename).toBe('RevokeSessionSuccess')
      await expectEnd(listener, 'REVOKED')
      await expectEnd(await watch(user), 'REVOKED')
    })

    test('signing in as another, registering or changing the password in another tab ends the stream as REPLACED', async () => {
      const other = newName()
      await server.signedIn(other)
      const changes: [string, object][] = [
        [loginDocument, { username: other, password }],
        [registerDocument, { username: newName(), password }],
        [
          'mutation ($password: String!) { changePassword(input: { currentPassword: $password, newPassword: "another battery, another staple" }) { __typename } }',
          { password },
        ],
      ]
      const visitor = await server.signedIn(newName())
      for (const [document, variables] of changes) {
        const listener = await watch(visitor)
        const before = server.visitor(visitor.cookie)
        await visitor.data(document, variables)
        await expectEnd(listener, 'REPLACED')
        expect((await before.data('{ session { endReason } }')).session.endReason).toBe('REPLACED')
      }
    })

    test('a login ends the streams under the old key, of a guest who signs in and of a user who does so again', async () => {
      const username = newName()
      await server.signedIn(username)
      const visitor = server.visitor()
      await visitor.data(addItem)
      for (let round = 0; round < 2; round++) {
        const listener = await watch(visitor)
        await visitor.data(loginDocument, { username, password })
        await expectEnd(listener, 'REPLACED')
      }
      const listener = await watch(visitor)
      await visitor.data(addItem)
      expect(await listener.next()).toMatchObject(changed({ cart: { totalQuantity: 2 } }))
      listener.leave()
    })

    test(
      'expiry ends the stream, for users and guests, and watching is no activity',
      { tags: ['E24'] },
      async () => {
        const user = await server.signedIn(newName())
        const guest = server.visitor()
        await guest.data(addItem)
        const before = (await user.data(look)).session
        clock.advance(150_000)
        const listeners = [await watch(user), await watch(guest)]
        for (const { response } of listeners) {
          expect(response.headers.getSetCookie()).toEqual([])
          expect(response.headers.get('vary')).toContain('Cookie')
        }
        clock.advance(Date.parse(before.expiresAt) - clock.now() - 1)
        server.app.events.recheck()
        clock.advance(1)
        server.app.events.recheck()
        await Promise.all(listeners.map((listener) => expectEnd(listener, 'EXPIRED')))
      },
    )

    // The rows are not marked yet. Each change of password, deactivation and activation raises the epoch.
    test.each([
      ['deactivated', 'USER_DEACTIVATED', { isActive: false }],
      ['deactivated, and its epoch raised,', 'USER_DEACTIVATED', { isActive: false, epoch: 1 }],
      ['given another password', 'PASSWORD_CHANGED', { epoch: 1 }],
    ])('a user who is %s has a stream that ends as %s', async (_what, reason, data) => {
      const username = newName()
      const listener = await watch(await server.signedIn(username))
      await server.app.db.user.updateMany({ where: { username }, data })
      server.app.events.recheck()
      await expectEnd(listener, reason)
    })

    test('a user who was changed twice has a stream that claims no reason', async () => {
      const username = newName()
      const listener = await watch(await server.signedIn(username))
      await server.app.db.user.updateMany({ where: { username }, data: { epoch: 2 } })
      server.app.events.recheck()
      await expect(listener.next()).rejects.toThrow(/terminated|broke off/)
    })

    /** Nothing calls the streams while `work` lasts: they look afterwards, as those of a process that is cut off. */
    async function unheard(work: () => Promise<void>): Promise<void> {
      const { events } = server.app
      const calls = [vi.spyOn(events, 'publish'), vi.spyOn(events, 'publishMany')]
      for (const call of calls) call.mockImplementation(() => {})
      await work()
      for (const call of calls) call.mockRestore()
      events.recheck()
    }

    test(
      'a stream that looks late says why a session ended that left no record',
      { tags: ['E24'] },
      async () => {
        const username = newName()
        const staff = await server.signedIn(newName(), { isStaff: true })
        await server.signedIn(username)
        const guests = [server.visitor(), server.visitor(), server.visitor()] as const
        for (const guest of guests) await guest.data(addItem)
        const listeners = await Promise.all(guests.map((guest) => watch(guest)))
        await unheard(async () => {
          const [replaced, left, revoked] = guests
          // The key that took the place of the first one is replaced too.
          for (const _ of [1, 2]) await replaced.data(loginDocument, { username, password })
          const { session } = await revoked.data(look)
          await left.data(logout)
          await staff.data(deleteSession, { id: session.id })
        })
        const reasons = ['REPLACED', 'LOGOUT', 'REVOKED']
        await Promise.all(reasons.map((reason, at) => expectEnd(listeners[at] as Listener, reason)))
      },
    )

    test('a stream whose session no store has any more breaks off, and claims no reason', async () => {
      const guest = server.visitor()
      await guest.data(addItem)
      for (const visitor of [guest, await server.signedIn(newName())]) {
        const listener = await watch(visitor)
        const { session } = await visitor.data(look)
        await server.app.settings.store.delete(session.id)
        server.app.events.recheck()
        await expect(listener.next()).rejects.toThrow(/terminated|broke off/)
      }
      await expect.poll(() => server.app.events.size).toBe(0)
    })

    /** As a login leaves it that took its time to fail: the row of a key that reached no visitor, in place of this session. */
    async function plantSuccessor(previousId: string): Promise<void> {
      const at = new Date(clock.now())
      const clocks = { createdAt: at, lastSeenAt: at, expiresAt: new Date(clock.now() + 600_000) }
      const id = idOf(createKey())
      await server.app.db.session.create({ data: { id, previousId, previousAt: at, ...clocks } })
    }

    test('the row of a login that failed does not tell a stream that its session was replaced, once the stream has seen it go on', async () => {
      const [expires, isLost, expiresAtOnce] = [
        server.visitor(),
        server.visitor(),
        server.visitor(),
      ]
      const guests = [expires, isLost, expiresAtOnce]
      for (const guest of guests) await guest.data(addItem)
      const listeners = await Promise.all(guests.map((guest) => watch(guest)))
      const { store } = server.app.settings
      const ids = await Promise.all(
        guests.map(async (guest) => (await guest.data(look)).session.id),
      )
      for (const id of ids.slice(0, 2)) await plantSuccessor(id)
      clock.advance(31_000)
      // Only now: the file's news may bring this stream a look at any moment, and no look may come half a minute after the row.
      await plantSuccessor(ids[2])
      for (const [at, guest] of [expires, isLost].entries()) {
        await guest.data(addItem)
        expect(await listeners[at]?.next()).toMatchObject(changed({ cart: { totalQuantity: 2 } }))
      }
      await store.delete(ids[1])
      server.app.events.publish(ids[1])
      await expect(listeners[1]?.next()).rejects.toThrow(/terminated|broke off/)
      clock.advance(Date.parse((await expires.data(look)).session.expiresAt) - clock.now())
      for (const id of [ids[0], ids[2]]) await store.delete(id)
      server.app.events.recheck()
      await expectEnd(listeners[0] as Listener, 'EXPIRED')
      // Either may have come first.
      await expect(listeners[2]?.next()).rejects.toThrow(/terminated|broke off/)
    })

    /** As a guest's logout leaves it whose process was killed before the end: a last word, beside a record. */
    async function plantWord(id: string): Promise<void> {
      const at = new Date(clock.now())
      const clocks = { createdAt: at, lastSeenAt: at, expiresAt: new Date(clock.now() + 600_000) }
      await server.app.db.session.create({
        data: { id, ...clocks, endedAt: at, endReason: 'LOGOUT' },
      })
    }

    test.skipIf(engine === 'the database engine' || engine.startsWith('the cached'))(
      'the last word of a logout that was cut short ends no stream, and is no reason once the session has gone on',
      async () => {
        const username = newName()
        await server.signedIn(username)
        const guests = [server.visitor(), server.visitor(), server.visitor()] as const
        for (const guest of guests) await guest.data(addItem)
        const listeners = await Promise.all(guests.map((guest) => watch(guest)))
        const ids = await Promise.all(
          guests.map(async (guest) => (await guest.data(look)).session.id),
        )
        const goesOn = async (at: number, totalQuantity: number) => {
          await guests[at]?.data(addItem)
          expect(await listeners[at]?.next()).toMatchObject(changed({ cart: { totalQuantity } }))
        }
        const isOver = async (at: number) => {
          await server.app.settings.store.delete(ids[at])
          server.app.events.publish(ids[at])
        }
        for (const id of ids) await plantWord(id)
        server.app.events.publishMany(ids) // enough to be one question to the roster
        for (const at of [0, 1, 2]) await goesOn(at, 2)
        await isOver(0)
        await expectEnd(listeners[0] as Listener, 'LOGOUT')
        clock.advance(1000)
        await guests[1].data(loginDocument, { username, password })
        await expectEnd(listeners[1] as Listener, 'REPLACED')
        clock.advance(31_000)
        await goesOn(2, 3)
        await isOver(2)
        await expect(listeners[2]?.next()).rejects.toThrow(/terminated|broke off/)
      },
    )

    test('no stream that came and went leaves anything behind', async () => {
      const visitors = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const visitor = server.visitor()
          await visitor.data(addItem)
          return visitor
        }),
      )
      await expect.poll(() => server.app.events.size).toBe(0)
      const opened = visitors.flatMap((visitor) => Array.from({ length: 10 }, () => watch(visitor)))
      const listeners = await Promise.all(opened)
      expect(server.app.events.size).toBe(200)
      for (const listener of listeners) listener.leave()
      await expect.poll(() => server.app.events.size).toBe(0)
    })
  })
}

describeStreams('the database engine', () => ({ SESSION_ENGINE: 'database' }))

describe('files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-files-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  describeStreams('the file engine', () => ({
    SESSION_ENGINE: 'file',
    SESSION_FILE_PATH: folder,
    GRAPHQL_TIMEOUT: '60', // a disk that others use as well is slow
  }))
})

describe.skipIf(redisProgram === null)('over Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis?.stop())

  const settings = (engine: string) => () => ({ SESSION_ENGINE: engine, CACHE_URL: redis.url })
  describeStreams('the cached database, over Redis', settings('cached-database'))
  describeStreams('Redis', settings('cache'))
})

describe('who may watch', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ SESSION_RECHECK_INTERVAL: '3600' })
  })
  afterAll(() => server?.stop())

  const refused = (code: string) => ({ errors: [{ extensions: { code } }] })

  test.each([null, 'A'.repeat(43), 'nonsense'])(
    'a stream with the cookie %s gets NO_SESSION',
    async (cookie) => {
      const listener = await listen(server.url, cookie)
      expect(await listener.next()).toMatchObject(refused('NO_SESSION'))
      expect(await listener.next()).toBeNull()
      expect(listener.response.headers.getSetCookie()).toEqual([])
      expect(listener.response.headers.get('vary')).toContain('Cookie')
    },
  )

  test('a stream tells the holder of an ended session why it ended', async () => {
    const user = await server.signedIn(newName())
    const { cookie } = user
    await user.data(logout)
    await expectEnd(await listen(server.url, cookie), 'LOGOUT')
  })

  test('the eleventh stream of a session is refused', async () => {
    const user = await server.signedIn(newName())
    const opening = Array.from({ length: 10 }, () => listen(server.url, user.cookie))
    const listeners = await Promise.all(opening)
    const eleventh = await listen(server.url, user.cookie)
    expect(await eleventh.next()).toMatchObject(refused('TOO_MANY_STREAMS'))
    for (const listener of listeners) listener.leave()
    await expect.poll(() => server.app.events.size).toBe(0)
  })

  test('a client that cannot read a stream gets none, and nothing stays open', async () => {
    const user = await server.signedIn(newName())
    const { status } = await fetch(`${server.url}/graphql?query=${encodeURIComponent(document)}`, {
      headers: { accept: 'application/json', cookie: `sessionid=${user.cookie}` },
    })
    expect(status).toBe(406)
    await expect.poll(() => server.app.events.size).toBe(0)
  })

  test('pages of other origins get no stream', async () => {
    const user = await server.signedIn(newName())
    const { status } = await fetch(`${server.url}/graphql?query=${encodeURIComponent(document)}`, {
      headers: {
        accept: 'text/event-stream',
        cookie: `sessionid=${user.cookie}`,
        origin: 'https://elsewhere.example',
        'sec-fetch-site': 'cross-site',
      },
    })
    expect(status).toBe(403)
    expect(server.app.events.size).toBe(0)
  })

  test('a server that stops breaks its streams off, so that their readers come back', async () => {
    const other = await startServer()
    const user = await other.signedIn(newName())
    const listener = await listen(other.url, user.cookie)
    await other.stop()
    await expect(listener.next()).rejects.toThrow('terminated')
    await expect.poll(() => other.app.events.size).toBe(0)
  })
})

describe('session events on signed cookies', { meta: { engine: 'signed cookies' } }, () => {
  const clock = createClock()
  let server: TestServer
  beforeAll(async () => {
    const settings = { SESSION_ENGINE: 'signed-cookies', SESSION_RECHECK_INTERVAL: '3600' }
    server = await startServer(settings, { now: clock.now })
  })
  afterAll(() => server?.stop())

  test('a stream on signed cookies cannot see a change in the cookie of another tab, and sees the end', async () => {
    const user = await server.signedIn(newName())
    const listener = await listen(server.url, user.cookie)
    await user.data(addItem)
    await user.data(logout)
    await expectEnd(listener, 'LOGOUT')
  })

  test('staff who end a session on signed cookies end its stream', { tags: ['E24'] }, async () => {
    const staff = await server.signedIn(newName(), { isStaff: true })
    const user = await server.signedIn(newName())
    const listener = await listen(server.url, user.cookie)
    await staff.data(deleteSession, { id: (await user.data(look)).session.id })
    await expectEnd(listener, 'REVOKED')
  })

  test('a signed cookie that expires while a newer one lives breaks the stream off, so that its reader comes back with that one', async () => {
    const user = await server.signedIn(newName())
    const old = await listen(server.url, user.cookie)
    clock.advance(200_000)
    await user.data(look)
    clock.advance(100_000)
    server.app.events.recheck()
    await expect(old.next()).rejects.toThrow(/terminated|broke off/)

    const listener = await listen(server.url, user.cookie)
    clock.advance(300_000)
    server.app.events.recheck()
    await expectEnd(listener, 'EXPIRED')
  })
})

describe('two processes on one database', () => {
  const admin = { username: 'admin', password: 'two processes, one stream' }
  let folder: string
  let servers: [ServerProcess, ServerProcess]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-live-'))
    const environment = {
      DATABASE_URL: `file:${join(folder, 'two.db')}`,
      ADMIN_PASSWORD: admin.password,
      SESSION_RECHECK_INTERVAL: '1',
    }
    servers = [await startProcess(folder, environment), await startProcess(folder, environment)]
  })
  afterAll(async () => {
    await Promise.all((servers ?? []).map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  })

  const visitor = (server: ServerProcess, cookie: string | null = null) =>
    createVisitor(`${server.url}/graphql`, 'sessionid', cookie)

  test('a stream of one process gets the changes and the end that another made', async () => {
    const [here, there] = servers
    const user = visitor(there)
    await user.data(loginDocument, admin)
    const listener = await listen(here.url, user.cookie)
    await user.data(setValue, { key: 'elsewhere' })
    expect(await listener.next()).toMatchObject(
      changed({ session: { keys: ['elsewhere'] }, preferences: { theme: 'SYSTEM' } }),
    )
    await user.data(logout)
    await expectEnd(listener, 'LOGOUT')
  })

  test('SIGTERM breaks the streams off, so that their readers come back, and then ends the process', async () => {
    const [here] = servers
    const user = visitor(here)
    await user.data(loginDocument, admin)
    const listener = await listen(here.url, user.cookie)
    here.child.kill('SIGTERM')
    await expect(listener.next()).rejects.toThrow(/terminated|broke off/)
    expect(await here.ended).toBe(0)
  })
})
