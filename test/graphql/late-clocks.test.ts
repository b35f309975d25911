import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { idOf, parseKey } from '../../src/session/key.ts'
import { createClock, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { openEvents } from '../host/events.ts'

// A session's clocks are copied into its row in the database before the record is stored. Two servers share an engine that
// keeps records elsewhere. One copies the clocks of a record that the other has replaced meanwhile.

const shorten =
  'mutation { setSessionExpiry(seconds: 60) { __typename ... on SessionSuccess { session { expiresAt } } } }'
const lengthen = shorten.replace('60', '1209600')
const write = 'mutation { setSessionValue(key: "late", value: 1) { ... on Error { code } } }'
const look = '{ me { username } session { id endReason } }'

const expired = { me: null, session: { id: null, endReason: 'EXPIRED' } }

let clock: ReturnType<typeof createClock>
let here: TestServer
let there: TestServer
let user: Visitor
const questions: string[] = []

beforeEach(async () => {
  clock = createClock()
  here = await startServer({ SESSION_ENGINE: 'file' }, { now: clock.now })
  const shared = {
    SESSION_ENGINE: 'file',
    SESSION_FILE_PATH: join(here.folder, 'sessions'),
    DATABASE_URL: `file:${join(here.folder, 'test.db')}`,
  }
  await here.stop()
  here = await startServer(shared, { now: clock.now })
  there = await startServer(shared, {
    now: clock.now,
    onStatement: (sql) => questions.push(sql),
  })
  user = await here.signedIn('reader')
})

afterEach(() => Promise.all([here.stop(), there.stop()]))

/** Holds the next call of the store of `server`, before it reaches the store or behind it, until it is let go. */
function hold({ app }: TestServer, name: 'load' | 'save', when: 'before' | 'behind' = 'before') {
  const store = app.settings.store as unknown as Record<string, (...words: unknown[]) => unknown>
  const method = store[name]!
  let isReached = () => {}
  let letGo = () => {}
  const reached = new Promise<void>((resolve) => (isReached = resolve))
  const held = new Promise<void>((resolve) => (letGo = resolve))
  store[name] = async (...words) => {
    store[name] = method
    const result = when === 'behind' ? await method.apply(store, words) : null
    isReached()
    await held
    return when === 'behind' ? result : method.apply(store, words)
  }
  return { reached, letGo: () => letGo() }
}

test('a session that expired while a write of an older record was held up says that it has expired', async () => {
  const elsewhere = there.visitor(user.cookie)
  const { reached, letGo } = hold(here, 'save')
  const late = here.visitor(user.cookie).data(write)
  await reached
  expect((await elsewhere.data(shorten)).setSessionExpiry.__typename).toBe('SessionSuccess')
  clock.advance(61_000)
  letGo()
  expect(await late).toEqual({ setSessionValue: { code: 'SESSION_INTERRUPTED' } })

  expect(await there.visitor(user.cookie).data(look)).toEqual(expired)
})

const idOfUser = () => idOf(parseKey(user.cookie ?? '')!)

async function clocksOfRecord() {
  const record = await here.app.settings.store.load(idOfUser())
  return [record?.lastSeenAt, record?.expiresAt]
}

async function clocksInRow() {
  const row = await here.app.db.session.findUniqueOrThrow({ where: { id: idOfUser() } })
  return [row.lastSeenAt.getTime(), row.expiresAt.getTime()]
}

/** What a cache does with what has expired by itself. */
const forget = ({ app }: TestServer) => app.settings.store.clearExpired(clock.now(), 10)

test('a session that its store has forgotten, because its age was shortened while a write was held up, says that it has expired', async () => {
  const loading = hold(here, 'load', 'behind')
  const late = here.visitor(user.cookie).data(write)
  await loading.reached
  expect((await there.visitor(user.cookie).data(shorten)).setSessionExpiry.__typename).toBe(
    'SessionSuccess',
  )
  clock.advance(61_000)
  expect(await forget(there)).toBe(1)
  loading.letGo()
  expect(await late).toEqual({ setSessionValue: { code: 'SESSION_INTERRUPTED' } })

  expect(await there.visitor(user.cookie).data(look)).toEqual(expired)
})

test('a session that its store has forgotten says that it has expired, also where a write came in between the steps of the one that shortened its age', async () => {
  const shortened = hold(there, 'save')
  const shortening = there.visitor(user.cookie).data(shorten)
  await shortened.reached
  const saving = hold(here, 'save')
  const late = here.visitor(user.cookie).data(write)
  await saving.reached
  shortened.letGo()
  expect((await shortening).setSessionExpiry.__typename).toBe('SessionSuccess')
  clock.advance(61_000)
  expect(await forget(there)).toBe(1)
  saving.letGo()
  expect(await late).toEqual({ setSessionValue: { code: 'SESSION_INTERRUPTED' } })

  expect(await there.visitor(user.cookie).data(look)).toEqual(expired)
})

test('a session whose age was shortened says that it has expired, also where its server stood still before it wrote that into the row', async () => {
  const shortened = hold(there, 'save', 'behind')
  const shortening = there.visitor(user.cookie).data(shorten)
  await shortened.reached
  const [, endOfRecord] = await clocksOfRecord()
  expect(endOfRecord).toBe(clock.now() + 60_000)
  expect((await clocksInRow())[1]).toBeGreaterThan(endOfRecord!)
  clock.advance(61_000)
  expect(await here.visitor(user.cookie).data(look)).toEqual(expired)
  expect(await forget(here)).toBe(1)
  expect(await here.visitor(user.cookie).data(look)).toEqual(expired)

  shortened.letGo()
  expect((await shortening).setSessionExpiry.__typename).toBe('SessionSuccess')
  expect((await clocksInRow())[1]).toBe(endOfRecord)
})

test('a write that comes in after a shorter age was stored, and before that is in the row, gives the row its own clocks, which stay', async () => {
  for (const words of [write, lengthen]) {
    const shortened = hold(there, 'save', 'behind')
    const shortening = there.visitor(user.cookie).data(shorten)
    await shortened.reached
    await here.visitor(user.cookie).data(words)
    expect(await clocksInRow()).toEqual(await clocksOfRecord())
    shortened.letGo()
    await shortening
    expect(await clocksInRow()).toEqual(await clocksOfRecord())
  }
})

test('a session that its store has lost does not say that it has expired', async () => {
  await user.data(shorten)
  await here.app.settings.store.delete(idOfUser())
  expect(await there.visitor(user.cookie).data(look)).toEqual({
    me: null,
    session: { id: null, endReason: null },
  })
})

test('a session goes on, and is kept alive, behind a write that copied its clocks and never stored its record', async () => {
  const shortened = hold(there, 'save')
  const never = there.visitor(user.cookie).data(shorten)
  await shortened.reached
  clock.advance(60_000) // more than a tenth of its age
  const visitor = here.visitor(user.cookie)
  const { session } = await visitor.data('{ session { lastSeenAt } }')
  expect(Date.parse(session.lastSeenAt)).toBe(clock.now())
  expect(await clocksInRow()).toEqual(await clocksOfRecord())
  expect(await visitor.data(write)).toEqual({ setSessionValue: {} })
  shortened.letGo()
  expect((await never).setSessionExpiry.__typename).toBe('SessionSuccess')
})

test('two requests that write activity down at once, and two that write, leave the clocks of the record in its row', async () => {
  for (const words of [look, write]) {
    clock.advance(60_000)
    const saving = hold(there, 'save')
    const late = there.visitor(user.cookie).data(words)
    await saving.reached
    clock.advance(1_000)
    await here.visitor(user.cookie).data(words)
    saving.letGo()
    await late
    expect(await clocksInRow()).toEqual(await clocksOfRecord())
  }
})

test('a session whose activity was written down late expires when its newest record does, and says so', async () => {
  clock.advance(60_000) // more than a tenth of its age
  const shortened = hold(there, 'save')
  const shortening = there.visitor(user.cookie).data(shorten)
  await shortened.reached
  const touched = hold(here, 'save')
  const late = here.visitor(user.cookie).data(look)
  await touched.reached
  shortened.letGo()
  expect((await shortening).setSessionExpiry.__typename).toBe('SessionSuccess')
  touched.letGo()
  expect((await late).me).toEqual({ username: 'reader' })
  clock.advance(61_000)

  expect(await there.visitor(user.cookie).data(look)).toEqual(expired)
})

test('a stream whose session a write under way may keep alive looks again when its row is over, and says why', async () => {
  const events = await openEvents(`${there.url}/graphql`, user.cookie)
  const looking = hold(there, 'load')
  await user.data(shorten)
  there.app.settings.events?.publish(idOfUser())
  await looking.reached
  clock.advance(50_000)
  const saving = hold(here, 'save')
  const late = here.visitor(user.cookie).data(write)
  await saving.reached
  clock.advance(45_000) // the record is over since 35 seconds, and its row will be in 15
  questions.length = 0
  looking.letGo()
  await expect
    .poll(() => questions.filter((sql) => sql.includes('"endReason"')).length)
    .toBeGreaterThan(0)

  clock.advance(16_000)
  there.app.settings.events?.publish(idOfUser())
  expect(await events.next()).toEqual({ __typename: 'SessionEnded', reason: 'EXPIRED' })
  saving.letGo()
  await late
})
