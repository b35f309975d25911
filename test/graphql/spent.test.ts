import { AsyncLocalStorage } from 'node:async_hooks'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
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

const statements: string[] = []
let server: TestServer
let socket: Socket
let cookie = ''

beforeAll(async () => {
  // Its log is read by the harness, which parses each line.
  server = await startServer(
    { LOG_LEVEL: 'error' },
    { onStatement: (sql) => statements.push(sql.replaceAll(/\s+/g, ' ')) },
  )
  await createUser(server.app.db, server.app.passwords, { username: 'ada', password })
  socket = connect(Number(new URL(server.url).port), '127.0.0.1').setEncoding('latin1')
  cookie = cookieIn(await ask(login))
  await ask({ query: 'mutation { addCartItem(input: { sku: "umbrella" }) { __typename } }' })
  // By then a document has been seen so often that it is compiled.
  for (let round = 0; round < 5; round++) {
    await ask(me)
    await ask(write)
    await ask(login, '')
  }
})
afterAll(async () => {
  socket.destroy()
  await server.stop()
})

/** What no request needs. */
const nothing = { timers: 0, abortControllers: 0, storages: 0 }

test('a signed-in { me } runs one statement, parses its body and its record, and starts no timer', async () => {
  expect(await spentOn(me, '"username":"ada"')).toEqual({
    statements: ['SELECT Session'],
    parses: 2,
    ...nothing,
  })
})

test('a cart write reads once and writes once, and starts no timer', async () => {
  expect(await spentOn(write, 'CartSuccess')).toEqual({
    statements: ['SELECT Session', 'UPDATE Session'],
    parses: 3, // the body, the record, and the value, to see that it comes back from JSON as it is
    ...nothing,
  })
})

test('a login counts the attempt, finds the user, starts the session and notes it', async () => {
  expect(await spentOn(login, 'LoginSuccess', '')).toEqual({
    statements: [
      'SELECT Attempt',
      'INSERT Attempt',
      'SELECT User',
      'DELETE Attempt',
      'INSERT Session',
      'BEGIN',
      'UPDATE Session',
      'UPDATE User',
      'COMMIT',
      'INSERT AuditEvent',
    ],
    parses: 1,
    ...nothing,
  })
})

/** What the server does while it answers the operation, whose answer has `expected` in it. */
async function spentOn(operation: object, expected: string, as = cookie) {
  let [timers, abortControllers] = [0, 0]
  const spies = (['setTimeout', 'setInterval', 'setImmediate'] as const).map((name) =>
    vi.spyOn(globalThis, name),
  )
  const parse = vi.spyOn(JSON, 'parse')
  const run = vi.spyOn(AsyncLocalStorage.prototype, 'run')
  const enter = vi.spyOn(AsyncLocalStorage.prototype, 'enterWith')
  class Counted extends AbortController {
    constructor() {
      super()
      abortControllers++
    }
  }
  vi.stubGlobal('AbortController', Counted)
  statements.length = 0
  try {
    const answer = await ask(operation, as)
    timers = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0)
    expect(answer).toContain(expected)
    return {
      statements: statements.map(kindOf),
      parses: parse.mock.calls.length,
      timers,
      abortControllers,
      storages: run.mock.calls.length + enter.mock.calls.length,
    }
  } finally {
    for (const spy of [...spies, parse, run, enter]) spy.mockRestore()
    vi.unstubAllGlobals()
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
