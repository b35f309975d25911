import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ActedBy, AuthEvent } from '../../src/auth/audit/auth-event.ts'
import type { AuthListener } from '../../src/auth/audit/listener.ts'
import { createNotifier } from '../../src/auth/audit/notifier.ts'
import { createLog } from '../../src/commands/log.ts'
import type { SessionId } from '../../src/session/key.ts'
import { createClock, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const [firefox, chrome, otherFirefox] = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0',
]

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server?.stop())

/** Tells these listeners, and an audit that does what `record` does. */
function begin(
  listeners: readonly AuthListener[],
  record: (event: AuthEvent) => Promise<void> = async () => {},
  longestHearing = 20_000,
) {
  const { db, users } = server.app
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line))
  const log = createLog({ level: 'info' }, { write })
  const { now } = createClock()
  const options = { db, users, listeners, now, log, longestHearing, audit: { record } }
  return { lines, ...createNotifier(options) }
}

const visitor: ActedBy = { actorId: null, sessionId: null, client: null }
const failure = (username: string): AuthEvent => ({
  type: 'LOGIN_FAILED',
  ...visitor,
  username,
  detail: { reason: 'WRONG_CREDENTIALS' },
})
const nameOf = (event: AuthEvent) => ('username' in event ? event.username : event.type)

test('each listener is told one event at a time, in order, after the audit has it', async () => {
  const heard: string[] = []
  const slow: AuthListener = async (event) => {
    heard.push(`begin ${nameOf(event)}`)
    await new Promise((done) => setTimeout(done, 2))
    heard.push(`end ${nameOf(event)}`)
  }
  const recorded: Record<string, () => void> = {}
  const { notify, untilTold } = begin([slow], (event) => {
    heard.push(`audit ${nameOf(event)}`)
    return new Promise((done) => (recorded[nameOf(event)] = done))
  })
  const all = [notify(failure('1')), notify(failure('2'))]
  recorded['2']?.()
  await all[1]
  recorded['1']?.()
  await untilTold()
  expect(heard).toEqual(['audit 1', 'audit 2', 'begin 1', 'end 1', 'begin 2', 'end 2'])
})

test('a listener that throws or hangs is logged by name, and neither the caller nor another listener waits for it', async () => {
  const heard: string[] = []
  const listeners: AuthListener[] = [
    function throws() {
      throw new Error('at once')
    },
    function rejects() {
      return Promise.reject(new Error('later'))
    },
    function hangs(event) {
      heard.push(`hangs ${nameOf(event)}`)
      return new Promise(() => {})
    },
    async (event) => void heard.push(nameOf(event)),
  ]
  const { lines, notify, untilTold } = begin(listeners, async () => {}, 40)
  await notify(failure(password))
  await notify(failure('ada'))
  while (heard.length < 4) await new Promise((done) => setTimeout(done, 5))
  await untilTold()
  expect(heard.filter((one) => !one.startsWith('hangs'))).toEqual([password, 'ada'])
  expect(heard.filter((one) => one.startsWith('hangs'))).toEqual([`hangs ${password}`, 'hangs ada'])
  const event = 'LOGIN_FAILED'
  expect(lines).toContainEqual(expect.objectContaining({ listener: 'throws', event, level: 50 }))
  expect(lines).toContainEqual(expect.objectContaining({ listener: 'rejects', event, level: 50 }))
  const hanging = { listener: 'hangs', event, msg: expect.stringContaining('hangs') }
  expect(lines).toContainEqual(expect.objectContaining(hanging))
  expect(JSON.stringify(lines)).not.toContain(password)
})

test('a listener hears of an event that the audit could not store', async () => {
  const heard: string[] = []
  const { lines, notify, untilTold } = begin([(event) => void heard.push(nameOf(event))], () =>
    Promise.reject(new Error('away')),
  )
  await notify(failure('ada'))
  await untilTold()
  expect(heard).toEqual(['ada'])
  expect(lines).toMatchObject([{ msg: 'an event was not stored' }])
})

test('past a thousand events that wait for a slow listener, further ones are dropped, and the log says so once', async () => {
  let heard = 0
  let release = () => {}
  const gate = new Promise<void>((done) => (release = done))
  const { lines, notify, untilTold } = begin([() => gate.then(() => void heard++)])
  for (let count = 0; count < 1010; count++) await notify(failure('ada'))
  release()
  await untilTold()
  expect(heard).toBeLessThanOrEqual(1001)
  expect(lines.filter(({ msg }) => String(msg).includes('too slow'))).toHaveLength(1)
})

test('a listener finds the user, their address, the device, and whether the user has used it before', async () => {
  const told: unknown[] = []
  const listener: AuthListener = async (event, { at, device, user, isNewDevice }) => {
    if (event.type !== 'LOGIN') return
    const { client, detail } = event
    told.push({
      at: at instanceof Date,
      to: (await user())?.email,
      from: client?.ipAddress,
      by: detail.backend,
      device,
      isNew: await isNewDevice(),
    })
  }
  const own = await startServer({ AUTHENTICATION_BACKENDS: 'password' }, { listeners: [listener] })
  const { users } = own.app
  await users.create({ username: 'ada', password, email: 'ada@shop.example' })
  await users.create({ username: 'ben', password })
  const login = async (username: string, agent: string) => {
    const variables = { username, password }
    const query =
      'mutation ($username: String!, $password: String!) { login(input: { username: $username, password: $password }) { __typename } }'
    await own.visitor().send(query, variables, { 'user-agent': agent })
  }
  await login('ada', firefox)
  await login('ben', chrome)
  await login('ada', otherFirefox)
  await login('ada', chrome)
  await login('ada', chrome)
  await own.app.untilTold()
  const ada = { at: true, to: 'ada@shop.example', from: '127.0.0.1', by: 'password' }
  expect(told).toEqual([
    { ...ada, device: 'Firefox on Linux', isNew: false },
    { ...ada, to: null, device: 'Chrome on Windows', isNew: false },
    { ...ada, device: 'Firefox on Linux', isNew: false },
    { ...ada, device: 'Chrome on Windows', isNew: true },
    { ...ada, device: 'Chrome on Windows', isNew: false },
  ])
  await own.stop()
})

test('the client of an event is kept as it was, for a listener that asks after the connection has gone', async () => {
  let address: string | null = '192.0.2.1'
  const heard: unknown[] = []
  const client = {
    get ipAddress() {
      return address
    },
    userAgent: firefox,
  }
  const { notify, untilTold } = begin([(event) => void heard.push(event.client)])
  const sessionId = 'a'.repeat(64) as SessionId
  const told = notify({ type: 'LOGOUT', actorId: null, subjectId: null, sessionId, client })
  address = null
  await told
  await untilTold()
  expect(heard).toEqual([{ ipAddress: '192.0.2.1', userAgent: firefox }])
})
