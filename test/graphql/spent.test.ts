import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { setImmediate as soon, setTimeout as start } from 'node:timers'
import { scheduler, setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { openEngine } from '../../src/session/engines/engines.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { onTick } from '../../src/waiting/loop-clock.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

// What time alone would show, and no test can measure: what one request of each kind makes the server do. The figures are
// exact, so that one more statement, timer or parse is a decision.

const me = { query: '{ me { id username } }' }
const write = {
  query: 'mutation { setCartItemQuantity(input: { sku: "umbrella", quantity: 2 }) { __typename } }',
}
const login = {
  query: `mutation ($password: String!) {
    login(input: { username: "ada", password: $password }) { __typename }
  }`,
  variables: { password },
}

const add = { query: 'mutation { addCartItem(input: { sku: "umbrella" }) { __typename } }' }

// The server opens its engine as ever. The spy only hands out the store, whose calls are counted.
vi.mock('../../src/session/engines/engines.ts', { spy: true })

/**
 * The request that the code at hand works for. The server also works for itself, whenever it is due: it tells other processes
 * of a login before, hears their news, writes what upkeep has to. None of that is a cost of the request.
 */
const served = new AsyncLocalStorage<object>()
subscribe('http.server.request.start', () => served.enterWith((newest = {})))
let newest = {}
const isOfRequest = () => served.getStore() === newest

const statements: string[] = []
let server: TestServer
let store: SessionStore
let socket: Socket
let cookie = ''

/** Starts a server and brings it to where it has seen each operation so often that it is compiled. */
async function open(settings: Record<string, string> = {}): Promise<void> {
  // Its log is read by the harness, which parses each line.
  server = await startServer(
    { LOG_LEVEL: 'error', ...settings },
    { onStatement: (sql) => isOfRequest() && statements.push(sql.replaceAll(/\s+/g, ' ')) },
  )
  const opened = vi.mocked(openEngine).mock.settledResults.at(-1)
  if (opened?.type !== 'fulfilled') throw new Error('The server has opened no engine.')
  store = opened.value.store
  await createUser(server.app.db, server.app.passwords, { username: 'ada', password })
  socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('latin1')
  cookie = cookieIn(await ask(login, ''))
  await ask(add)
  for (let round = 0; round < 5; round++) {
    await ask(me)
    await ask(write)
    await ask(login, cookieIn(await ask(add, '')))
    await ask(login, '')
  }
}

async function close(): Promise<void> {
  socket.destroy()
  await server.stop()
}

/** What no request needs. */
const nothing = { timers: 0, turns: 0, abortControllers: 0, storages: 0 }

describe('records in the database', () => {
  beforeAll(() => open())
  afterAll(close)

  test('a signed-in { me } runs one statement, parses its body and its record, and starts no timer', async () => {
    expect(await spentOn(me, '"username":"ada"')).toEqual({
      statements: ['SELECT Session'],
      calls: [], // the statement reads the record with the row of the roster
      parses: 2,
      ...nothing,
    })
  })

  test('a cart write reads once and writes once, and starts no timer', async () => {
    expect(await spentOn(write, 'CartSuccess')).toEqual({
      statements: ['SELECT Session', 'UPDATE Session'],
      calls: ['save'],
      parses: 3, // the body, the record, and the value, to see that it comes back from JSON as it is
      ...nothing,
    })
  })

  test('a login counts the attempt, finds the user, starts the session and notes it', async () => {
    expect(await spentOn(login, 'LoginSuccess', '')).toEqual({
      statements: [
        'INSERT Attempt',
        'SELECT User',
        'DELETE Attempt',
        'BEGIN',
        'UPDATE User',
        'INSERT Session',
        'COMMIT',
        'INSERT AuditEvent',
      ],
      calls: [], // the roster makes the row with its record
      parses: 1,
      ...nothing,
    })
  })

  test('a login of a guest with a cart moves the cart to a session of a new key', async () => {
    const guest = cookieIn(await ask(add, ''))
    expect(await spentOn(login, 'LoginSuccess', guest)).toEqual({
      statements: [
        'INSERT Attempt',
        'SELECT User',
        'DELETE Attempt',
        'SELECT Session',
        'BEGIN',
        'UPDATE User',
        'INSERT Session',
        'COMMIT',
        'UPDATE Session',
        'DELETE Session',
        'INSERT AuditEvent',
      ],
      calls: ['save', 'delete'],
      parses: 2,
      ...nothing,
    })
  })
})

describe.skipIf(redisProgram === null)('records in Redis', () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
    await open({ SESSION_ENGINE: 'cache', CACHE_URL: redis.url })
  })
  afterAll(async () => {
    await close()
    await redis.stop()
  })

  test('with its record in Redis, a signed-in { me } runs one statement and one call of the store, and starts no timer', async () => {
    expect(await spentOn(me, '"username":"ada"')).toEqual({
      statements: ['SELECT Session'],
      calls: ['load'],
      parses: 2,
      ...nothing,
      turns: expect.any(Number), // the client of Redis sends at the end of a turn of the event loop
    })
  })

  test('with its record in Redis, a cart write calls the store twice, and starts no timer', async () => {
    expect(await spentOn(write, 'CartSuccess')).toEqual({
      statements: ['SELECT Session', 'UPDATE Session'],
      calls: ['load', 'save'],
      parses: 3,
      ...nothing,
      turns: expect.any(Number), // the client of Redis sends at the end of a turn of the event loop
    })
  })
})

test('every way to start a timer is counted, also by a module that was loaded before', async () => {
  const timers = watchTimers(() => true)
  try {
    clearTimeout(setTimeout(() => {}, 0))
    clearInterval(setInterval(() => {}, 1000))
    clearImmediate(setImmediate(() => {}))
    clearTimeout(start(() => {}, 0))
    clearImmediate(soon(() => {}))
    await sleep(0)
    await scheduler.wait(0)
    AbortSignal.timeout(1)
    expect(timers.counted()).toEqual({ timers: 6, turns: 2 })
  } finally {
    timers.stop()
  }
})

/** What the server does for the operation, whose answer has `expected` in it. */
async function spentOn(operation: object, expected: string, as = cookie) {
  // The one clock of the process rests after a second without work. To wake it is no cost of the request.
  onTick(() => false)
  const calls: string[] = []
  const watched = storeCalls.flatMap((name) =>
    store[name] === undefined ? [] : [watch(store, name, isOfRequest, () => calls.push(name))],
  )
  const timers = watchTimers(isOfRequest)
  const spent = { parses: 0, abortControllers: 0, storages: 0 }
  watched.push(watch(JSON, 'parse', isOfRequest, () => spent.parses++))
  for (const way of ['run', 'enterWith'] as const) {
    const isOfServer = (storage: unknown) => storage !== served && isOfRequest()
    watched.push(watch(AsyncLocalStorage.prototype, way, isOfServer, () => spent.storages++))
  }
  class Counted extends AbortController {
    constructor() {
      super()
      if (isOfRequest()) spent.abortControllers++
    }
  }
  vi.stubGlobal('AbortController', Counted)
  statements.length = 0
  try {
    const answer = await ask(operation, as)
    const started = timers.counted()
    expect(answer).toContain(expected)
    return { statements: statements.map(kindOf), calls, ...spent, ...started }
  } finally {
    for (const stop of watched) stop()
    timers.stop()
    vi.unstubAllGlobals()
  }
}

/** What a request may ask of a store. */
const storeCalls = ['load', 'create', 'save', 'delete', 'deleteMany'] as const

/** Notes each call of the method for which `counts` is true, and makes it. Gives what ends that. */
function watch<Name extends string>(
  place: object & { [name in Name]?: unknown },
  name: Name,
  counts: (self: unknown) => boolean,
  note: () => void,
): () => void {
  const own = place[name] as (...given: unknown[]) => unknown
  const spy = vi.spyOn(place as Record<string, typeof own>, name)
  spy.mockImplementation(function (this: unknown, ...given) {
    if (counts(this)) note()
    return own.apply(this, given)
  })
  return () => spy.mockRestore()
}

/** Watches each way to start a timer. Modules that have imported one of Node's by its name get the watched one too. */
function watchTimers(counts: () => boolean) {
  const load = createRequire(import.meta.url)
  const [timers, promises] = [load('node:timers'), load('node:timers/promises')]
  const started = { timers: 0, turns: 0 }
  const timer = () => started.timers++
  const turn = () => started.turns++
  const stops = [globalThis, timers, promises].flatMap((place) => [
    watch(place, 'setTimeout', counts, timer),
    watch(place, 'setInterval', counts, timer),
    watch(place, 'setImmediate', counts, turn),
  ])
  stops.push(watch(promises.scheduler, 'wait', counts, timer))
  stops.push(watch(promises.scheduler, 'yield', counts, turn))
  stops.push(watch(AbortSignal, 'timeout', counts, timer))
  syncBuiltinESMExports()
  return {
    /** How many timers were started, and how often work was put off to the end of a turn of the event loop. */
    counted: () => ({ ...started }),
    stop() {
      for (const stop of stops) stop()
      syncBuiltinESMExports()
    },
  }
}

/** What a statement does, and to which table. */
function kindOf(sql: string): string {
  const [verb = ''] = sql.split(' ')
  const [, table = ''] = /"(\w+)"/.exec(sql.replace(/^SELECT .*? FROM/, 'FROM')) ?? []
  return `${verb} ${table}`.trim()
}

/** The whole answer to one request, in raw HTTP: a client of Node's would start timers and parse JSON of its own. */
function ask(body: object, as = cookie): Promise<string> {
  const text = JSON.stringify(body)
  const lines = [
    'POST /graphql HTTP/1.1',
    `Host: ${new URL(server.url).host}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(as === '' ? [] : [`Cookie: ${as}`]),
  ]
  return new Promise((done) => {
    let answer = ''
    const read = (chunk: string) => {
      answer += chunk
      const [head = '', content = ''] = answer.split('\r\n\r\n')
      const length = /^content-length: (\d+)/im.exec(head)?.[1]
      if (length === undefined || content.length < Number(length)) return
      socket.off('data', read)
      done(answer)
    }
    socket.on('data', read)
    socket.write(`${lines.join('\r\n')}\r\n\r\n${text}`)
  })
}

function cookieIn(answer: string): string {
  return /^set-cookie: ([^;]+)/im.exec(answer)?.[1] ?? ''
}
