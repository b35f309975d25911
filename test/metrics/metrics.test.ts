import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { metricGroups } from '../../src/metrics/catalogue.ts'
import { mostOperations } from '../../src/metrics/requests.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { parseMetrics } from './parse.ts'
import type { Scrape } from './parse.ts'

let server: TestServer
let ada: Visitor
const guest = () => server.visitor()
beforeAll(async () => {
  server = await startServer({ METRICS_PORT: '0', LOG_LEVEL: 'warn' })
  ada = await server.signedIn('ada')
})
afterAll(() => server.stop())

async function scrape(): Promise<Scrape> {
  return parseMetrics((await server.app.metrics?.text()) ?? '')
}

/** How far a series rises while `work` is done. */
async function rise(
  work: () => Promise<unknown>,
  name: string,
  labels: Record<string, string> = {},
): Promise<number> {
  const before = (await scrape()).value(name, labels) ?? 0
  await work()
  // The server takes note of an answer when its own side of it is over, which may be after the client has read it.
  for (let turn = 0; ; turn++) {
    const risen = ((await scrape()).value(name, labels) ?? 0) - before
    if (risen > 0 || turn === 100) return risen
    await sleep(20)
  }
}

test('requests are counted by the name of their operation, and by their outcome', async () => {
  const requests = 'coatcheck_requests_total'
  const named = () => ada.data('query Dashboard { me { username } }')
  expect(await rise(named, requests, { operation: 'Dashboard', code: 'ok' })).toBe(1)
  const refused = () => guest().send('query Broken { nothing }')
  expect(await rise(refused, requests, { operation: '(unnamed)', code: 'BAD_USER_INPUT' })).toBe(1)
  const lost = () => fetch(`${server.url}/elsewhere/${crypto.randomUUID()}`)
  expect(await rise(lost, requests, { operation: '(other)', code: 'BAD_USER_INPUT' })).toBe(1)
  const seconds = 'coatcheck_request_duration_seconds_count'
  expect(await rise(named, seconds, { operation: 'Dashboard' })).toBe(1)
})

test('what is answered as events is in the latency however long it took, and a subscription is not however short it was', async () => {
  const accept = { accept: 'text/event-stream' }
  const seconds = 'coatcheck_request_duration_seconds_count'
  const slow = async () => {
    const body = JSON.stringify({ query: 'query Slowly { __typename }' })
    const headers = { ...accept, 'content-type': 'application/json' }
    const asked = request(`${server.url}/graphql`, { method: 'POST', headers })
    asked.flushHeaders()
    await sleep(2000) // the server may see the headers later
    asked.end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    expect(answer.headers['content-type']).toContain('text/event-stream')
    await once(answer.resume(), 'end')
  }
  expect(await rise(slow, seconds, { operation: 'Slowly' })).toBe(1)
  const within = { operation: 'Slowly', le: '1' }
  expect((await scrape()).value('coatcheck_request_duration_seconds_bucket', within)).toBe(0)
  const subscribe = async () => {
    const end = new AbortController()
    const query = 'subscription Shortly { sessionEvents { __typename } }'
    const url = `${server.url}/graphql?query=${encodeURIComponent(query)}`
    const headers = { ...accept, cookie: `sessionid=${ada.cookie}` }
    const answer = await fetch(url, { headers, signal: end.signal })
    expect(answer.status).toBe(200)
    end.abort()
  }
  const requests = ['coatcheck_requests_total', { operation: 'Shortly', code: 'ok' }] as const
  expect(await rise(subscribe, ...requests)).toBe(1)
  expect((await scrape()).value(seconds, { operation: 'Shortly' })).toBe(0)
})

test('logins are counted by outcome, and sessions as they begin and by the reason of their end', async () => {
  const login = `mutation ($password: String!) {
    login(input: { username: "ada", password: $password }) { __typename } }`
  const logins = 'coatcheck_logins_total'
  const right = () => guest().data(login, { password })
  expect(await rise(right, logins, { outcome: 'success' })).toBe(1)
  const wrong = () => guest().data(login, { password: 'a wrong password' })
  expect(await rise(wrong, logins, { outcome: 'refused' })).toBe(1)
  const started = 'coatcheck_sessions_started_total'
  expect(await rise(right, started, { kind: 'signed_in' })).toBe(1)
  const cart = 'mutation { addCartItem(input: { sku: "umbrella" }) { __typename } }'
  expect(await rise(() => guest().data(cart), started, { kind: 'guest' })).toBe(1)

  const ended = 'coatcheck_sessions_ended_total'
  const leave = async () => {
    const visitor = guest()
    await visitor.data(login, { password })
    await visitor.data('mutation { logout { __typename } }')
  }
  expect(await rise(leave, ended, { reason: 'LOGOUT' })).toBe(1)
})

test.each([
  ['an empty password', 'ada', ''],
  ['an empty name', '', password],
  ['neither a name nor a password', '', ''],
  ['a password that is longer than any', 'ada', 'x'.repeat(2000)],
])('a login with %s is counted once, as refused', async (_what, username, given) => {
  const login = `mutation ($username: String!, $password: String!) {
    login(input: { username: $username, password: $password }) { __typename } }`
  const outcomes = async () => {
    const { value } = await scrape()
    return ['success', 'refused', 'throttled'].map((outcome) =>
      value('coatcheck_logins_total', { outcome }),
    )
  }
  const [success = 0, refused = 0, throttled = 0] = await outcomes()
  await guest().data(login, { username, password: given })
  expect(await outcomes()).toEqual([success, refused + 1, throttled])
})

test('what the upkeep of a server has removed is counted', async () => {
  const { app } = server
  const long = new Date(0)
  const clocks = { createdAt: long, lastSeenAt: long, expiresAt: long }
  const data = Array.from({ length: 25 }, (_, at) => ({
    id: `expired${at}`,
    ...clocks,
    endedAt: at <= 1 ? long : null,
    endReason: [null, 'EXPIRED'][at] ?? null,
  }))
  await app.db.session.createMany({ data })
  const upkeep = async () => {
    // Its first round begins within 75 seconds.
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    app.upkeep.start()
    vi.advanceTimersByTime(75_000)
    vi.useRealTimers()
    await expect.poll(() => app.db.session.count({ where: { expiresAt: long } })).toBe(0)
    await app.upkeep.stop()
  }
  const expired = { reason: 'EXPIRED' }
  const before = (await scrape()).value('coatcheck_sessions_ended_total', expired) ?? 0
  expect(await rise(upkeep, 'coatcheck_cleared_total')).toBe(25)
  // One of them had been ended before its time was over, and another marked as expired.
  expect((await scrape()).value('coatcheck_sessions_ended_total', expired)).toBe(before + 24)
})

test('what a member of staff has cleared is counted as what the upkeep has removed', async () => {
  const long = new Date(0)
  const clocks = { createdAt: long, lastSeenAt: long, expiresAt: long }
  const data = Array.from({ length: 14 }, (_, at) => ({ id: `over${at}`, ...clocks }))
  await server.app.db.session.createMany({ data })
  const staff = await server.signedIn('chief', { isStaff: true })
  const clear = () => staff.data('mutation { clearExpiredSessions { deletedCount } }')
  const expired = { reason: 'EXPIRED' }
  const before = (await scrape()).value('coatcheck_sessions_ended_total', expired) ?? 0
  expect(await rise(clear, 'coatcheck_cleared_total')).toBe(14)
  expect((await scrape()).value('coatcheck_sessions_ended_total', expired)).toBe(before + 14)
})

test('a guesser shows as throttled logins and as refusals of the throttle', async () => {
  const guess = async () => {
    for (let attempt = 0; attempt < 8; attempt++)
      await guest().data(
        'mutation { login(input: { username: "eve", password: "guess" }) { __typename } }',
      )
  }
  expect(await rise(guess, 'coatcheck_logins_total', { outcome: 'throttled' })).toBeGreaterThan(0)
  expect(
    (await scrape()).value('coatcheck_throttle_refusals_total', { kind: 'password' }),
  ).toBeGreaterThan(0)
})

test('of a guesser the metrics count every refused login, and of events of the audit those that it has stored', async () => {
  const guess = async () => {
    for (let attempt = 0; attempt < 12; attempt++)
      await guest().data(
        'mutation { login(input: { username: "mallory", password: "guess" }) { __typename } }',
      )
  }
  expect(await rise(guess, 'coatcheck_logins_total', { outcome: 'throttled' })).toBeGreaterThan(1)
  const { value } = await scrape()
  for (const type of ['LOGIN', 'LOGIN_FAILED', 'LOGIN_THROTTLED'])
    expect([type, value('coatcheck_audit_events_total', { type })]).toEqual([
      type,
      await server.app.db.auditEvent.count({ where: { type } }),
    ])
})

test('calls to the roster and the store are timed by operation', async () => {
  const roster = 'coatcheck_roster_call_duration_seconds_count'
  expect(await rise(() => ada.data('{ me { id } }'), roster, { operation: 'open' })).toBe(1)
  const store = 'coatcheck_store_call_duration_seconds_count'
  const write = () => ada.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
  expect(await rise(write, store, { operation: 'save' })).toBe(1)
})

test('a write of another process shows as a conflict and as a replay', async () => {
  const { app } = server
  const id = (await ada.data('{ session { id } }')).session.id as never
  const inBetween = async () => {
    const { settings } = app
    const { save } = settings.store
    let isFirst = true
    Object.assign(settings.store, {
      save: async (...args: Parameters<typeof save>) => {
        if (isFirst) {
          isFirst = false
          const record = await settings.store.load(id)
          if (record) await save(id, record, record.version)
        }
        return save(...args)
      },
    })
    await ada.data('mutation { addCartItem(input: { sku: "scarf" }) { __typename } }')
    Object.assign(settings.store, { save })
  }
  const conflicts = () => rise(inBetween, 'coatcheck_store_conflicts_total', { operation: 'save' })
  expect(await conflicts()).toBe(1)
  expect(await rise(inBetween, 'coatcheck_session_replays_total')).toBe(1)
})

test('the active sessions are counted on a clock of their own, and no scrape waits for it', async () => {
  const own = await startServer({ METRICS_PORT: '0' })
  onTestFinished(() => own.stop())
  const add = () =>
    own.visitor().data('mutation { addCartItem(input: { sku: "glove" }) { __typename } }')
  const kinds = async () => {
    const found = parseMetrics((await own.app.metrics?.text()) ?? '')
    return ['signed_in', 'guest'].map((kind) => found.value('coatcheck_sessions_active', { kind }))
  }
  await own.signedIn('ada')
  await add()
  await expect.poll(kinds).toEqual([1, 1])
  await add()
  // Half a minute has not passed since the first scrape: what a scrape shows is the last count.
  expect(await kinds()).toEqual([1, 1])
})

test('every metric that the server shows is in the catalogue, with these labels, and has its type', async () => {
  const { types, samples } = await scrape()
  const declared = new Map(
    metricGroups.flatMap(({ metrics }) => Object.values(metrics)).map((one) => [one.name, one]),
  )
  for (const [name, type] of types) expect([name, declared.get(name)?.type]).toEqual([name, type])
  for (const { name, labels } of samples) {
    const metric = declared.get(name) ?? declared.get(name.replace(/_(bucket|sum|count)$/, ''))
    const wanted = [...(metric?.labels ?? []), ...(name.endsWith('_bucket') ? ['le'] : [])]
    expect([name, Object.keys(labels).sort()]).toEqual([name, wanted.sort()])
  }
})

test(
  'a stranger who names more operations than there are places gets no series for the rest, which count by their first field',
  { tags: ['K24'] },
  async () => {
    const before = (await scrape()).samples.length
    const flood = async () => {
      for (let at = 0; at < mostOperations + 20; at++)
        await guest().send(`query Flood${at} { __typename }`)
    }
    const others = { operation: '{__typename}', code: 'ok' }
    expect(await rise(flood, 'coatcheck_requests_total', others)).toBeGreaterThan(10)
    const { samples } = await scrape()
    const operations = new Set(samples.map(({ labels }) => labels['operation']))
    // What visitors ask for under a name without a place is shown all the same, and no stranger can make up a field.
    const late = () =>
      guest().data('query Late { ...Cart } fragment Cart on Query { cart { totalQuantity } }')
    const byField = { operation: '{cart}', code: 'ok' }
    expect(await rise(late, 'coatcheck_requests_total', byField)).toBe(1)
    expect([...operations].filter((name) => name?.startsWith('Flood')).length).toBeLessThan(
      mostOperations,
    )
    expect(samples.length - before).toBeLessThan((mostOperations + 2) * 16)
  },
)

test(
  'no label and no line names a session key, a session id, a user id, a user name or an address',
  { tags: ['K24'] },
  async () => {
    const { data } = await ada.send('{ me { id username } session { id ipAddress } }')
    const text = (await server.app.metrics?.text()) ?? ''
    for (const secret of [ada.cookie, data.session.id, data.me.id, 'ada', data.session.ipAddress])
      expect(text.includes(String(secret))).toBe(false)
  },
)

test('an application that was not asked for metrics has none', async () => {
  const plain = await startServer()
  try {
    expect(plain.app.metrics).toBe(null)
    expect(plain.app.onAnswered).toBe(undefined)
  } finally {
    await plain.stop()
  }
})
