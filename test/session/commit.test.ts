import { setTimeout } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { cartDefinition } from '../../src/features/cart/names.ts'
import { preferencesDefinition } from '../../src/features/preferences/names.ts'
import { valuesDefinition } from '../../src/features/values/names.ts'
import type { VisitorValues } from '../../src/features/values/names.ts'
import type { SessionSettings } from '../../src/session/settings.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { createWriterQueue } from '../../src/session/queue.ts'
import { createAndNote } from '../../src/session/commit/create-and-note.ts'
import type { Enrolment, SessionRoster } from '../../src/session/roster.ts'
import { Session } from '../../src/session/session.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { createClock } from '../harness.ts'
import { createStore } from './memory-store.ts'
import {
  InvalidInput,
  SessionBusy,
  SessionInterrupted,
  SessionStoreUnavailable,
} from '../../src/refusals.ts'
import { noRoster } from './no-roster.ts'

const ada = { userId: 'ada', epoch: 0, backend: 'password' }

/** What one test changes in the roster; `note` is what happens between the new record and the end of the old one. */
type Changes = Partial<Omit<SessionRoster, 'enroll'>> & {
  readonly note?: (enrolment: Enrolment) => Promise<boolean>
}

/** One store and one roster, which write down what is asked of them, and processes that share them. */
function setUp(changed: (store: SessionStore) => Partial<SessionStore> = () => ({})) {
  const clock = createClock()
  const log: string[] = []
  const memory = createStore()
  const inner = { ...memory, ...changed(memory) }
  const store: SessionStore = {
    ...inner,
    load: (id) => (log.push('load'), inner.load(id)),
    create: (id, record) => (log.push('create'), inner.create(id, record)),
    async save(id, record, version) {
      const outcome = await inner.save(id, record, version)
      log.push(typeof outcome === 'string' ? `save: ${outcome}` : 'save')
      return outcome
    },
    async delete(id, version) {
      const outcome = await inner.delete(id, version)
      log.push(
        `delete${version === undefined ? '' : ' at a version'}${outcome ? ': conflict' : ''}`,
      )
      return outcome
    },
  }
  const roster: Omit<SessionRoster, 'enroll'> = {
    open: (id, from) => from.load(id),
    withdraw: async (id) => void log.push(`withdraw ${id.slice(0, 8)}`),
    leave: async (id) => log.push(`leave ${id.slice(0, 8)}`) > 0,
    leaveAsGuest: async (_id, _record, remove) => void (await remove()),
    longestIdle: () => null,
    copiesClocks: true,
    seen: (id) => (log.push(`seen ${id.slice(0, 8)}`), null),
    isBeingReplaced: () => false,
    isSuperseded: async () => false,
  }
  /** Enrolls as a roster does beside an engine that keeps its records elsewhere. */
  const rosterWith = ({ note = noted, ...changes }: Changes): SessionRoster => {
    const changed = { ...roster, ...changes }
    return {
      ...changed,
      enroll: (store, enrolment) =>
        createAndNote(store, enrolment, { ...changed, note: () => note(enrolment) }),
    }
  }
  const noted = async ({ id }: Enrolment) => (log.push(`enroll ${id.slice(0, 8)}`), true)
  /** A server's process: opens the sessions of its requests. */
  const start = () => {
    const settings: SessionSettings = {
      store,
      policy: { age: 300, absoluteAge: 0, expireAtBrowserClose: false },
      definitions: {
        cart: cartDefinition,
        preferences: preferencesDefinition,
        values: valuesDefinition,
      },
      maxBytes: 65_536,
      queue: createWriterQueue(),
      now: clock.now,
    }
    return (key: SessionKey | null, changes: Changes = {}) =>
      new Session(settings, rosterWith(changes), key)
  }
  const here = start()
  const there = start()
  /** The key of a stored session with these values. */
  const keep = async (values: VisitorValues, who: typeof ada | null = null) => {
    const session = here(null)
    session.set('values', values)
    if (who) session.bind(who, null)
    await session.commit()
    log.length = 0
    return keyOf(session)
  }
  const valuesOf = async (key: SessionKey) => (await memory.load(idOf(key)))?.data['values']
  /** How many records the store holds. */
  const count = async () => {
    let total = 0
    for await (const _record of memory.list!()) total++
    return total
  }
  return { clock, log, memory, start, here, there, keep, valuesOf, count }
}

/** Sets one of the visitor's values, beside the others. */
const put = (session: Session, key: string, value: number) =>
  session.update('values', (values) => ({ ...values, [key]: value }))

/** The key that the visitor's cookie is set to. */
function keyOf({ cookie }: Session): SessionKey {
  if (cookie === null || cookie === 'clear') throw new Error('The cookie is not set.')
  return cookie.key
}

const shortIdOf = (key: SessionKey) => idOf(key).slice(0, 8)

/** Sessions that have read what is stored, and so know a version of it. */
async function loaded<Sessions extends readonly Session[]>(...sessions: Sessions) {
  for (const session of sessions) await session.keys()
  return sessions
}

describe('a write', () => {
  test('a write that another process came before is replayed on what that process stored', async () => {
    const { here, there, keep, valuesOf, log } = setUp()
    const key = await keep({ a: 1 })
    const [first, second] = await loaded(here(key), there(key))
    put(first, 'b', 2)
    put(second, 'c', 3)
    await first.commit()
    await second.commit()
    expect(log).toEqual(['load', 'load', 'save', 'save: conflict', 'load', 'save'])
    expect(await valuesOf(key)).toEqual({ a: 1, b: 2, c: 3 })
    expect(await second.get('values')).toEqual({ a: 1, b: 2, c: 3 })
  })

  test('a write takes over what the write before it in the same process stored, and meets no conflict', async () => {
    const { here, keep, valuesOf, log } = setUp()
    const key = await keep({ a: 1 })
    const [first, second] = await loaded(here(key), here(key))
    put(first, 'b', 2)
    put(second, 'c', 3)
    await Promise.all([first.commit(), second.commit()])
    expect(log).toEqual(['load', 'load', 'save', 'save'])
    expect(await valuesOf(key)).toEqual({ a: 1, b: 2, c: 3 })
  })

  test('sixty writes in three processes at once lose none', async () => {
    const { start, keep, valuesOf } = setUp()
    const key = await keep({ n: 0 })
    const processes = [start(), start(), start()]
    const sessions = Array.from({ length: 60 }, (_, at) => processes[at % 3]!(key))
    for (const session of sessions) {
      session.update('values', (values) => ({ n: Number(values?.['n']) + 1 }))
    }
    await Promise.all(sessions.map((session) => session.commit()))
    expect(await valuesOf(key)).toEqual({ n: 60 })
  })

  test.each<[string, (session: Session) => void, object]>([
    [
      'set replaces the name, and merges nothing',
      (s) => s.set('values', { c: 3 }),
      { values: { c: 3 } },
    ],
    ['delete forgets the name', (s) => s.delete('values'), { cart: { items: [] } }],
    ['clear forgets every name', (s) => s.clear(), {}],
    [
      'clear, then set, leaves what was set',
      (s) => (s.clear(), s.set('values', {})),
      { values: {} },
    ],
  ])(
    'the commit replays a change on what another process stored: %s',
    async (_what, change, data) => {
      const { here, there, keep, memory } = setUp()
      const key = await keep({ a: 1 })
      const [first, second] = await loaded(here(key), there(key))
      put(first, 'b', 2)
      if (!('values' in data)) first.set('cart', { items: [] })
      await first.commit()
      change(second)
      await second.commit()
      expect((await memory.load(idOf(key)))?.data).toEqual(data)
    },
  )

  test('a replayed write leaves the expiry that another process set', async () => {
    const { here, there, keep, memory } = setUp()
    const key = await keep({ a: 1 })
    const [first, second] = await loaded(here(key), there(key))
    first.setExpiry(60)
    put(second, 'b', 2)
    await first.commit()
    await second.commit()
    expect(await memory.load(idOf(key))).toMatchObject({ expiry: 60, data: { values: { b: 2 } } })
  })

  test('a replayed write that the stored values refuse stores nothing', async () => {
    const { here, there, keep, valuesOf } = setUp()
    const key = await keep({ a: 1 })
    const [first, second] = await loaded(here(key), there(key))
    const refusal = new InvalidInput([{ path: ['key'], message: 'One key at most.' }])
    put(first, 'b', 2)
    second.update('values', (values) => {
      if (Object.keys(values ?? {}).length > 1) throw refusal
      return { ...values, c: 3 }
    })
    expect(await second.get('values')).toEqual({ a: 1, c: 3 })
    await first.commit()
    await expect(second.commit()).rejects.toBe(refusal)
    expect(await valuesOf(key)).toEqual({ a: 1, b: 2 })
  })

  test('a write that never finds a gap is tried twenty times, fails with SessionBusy, and stores nothing', async () => {
    const { here, keep, valuesOf, log } = setUp(() => ({ save: async () => 'conflict' }))
    const key = await keep({ a: 1 })
    const session = here(key)
    put(session, 'b', 2)
    await expect(session.commit()).rejects.toThrow(SessionBusy)
    expect(log.filter((call) => call === 'save: conflict')).toHaveLength(20)
    expect(await valuesOf(key)).toEqual({ a: 1 })
    expect([session.modified, session.cookie]).toEqual([false, null])
  })

  test('a write whose twentieth try finds a gap is stored', async () => {
    let conflicts = 19
    const { here, keep, valuesOf } = setUp((store) => ({
      save: async (id, record, version) =>
        conflicts-- > 0 ? 'conflict' : store.save(id, record, version),
    }))
    const key = await keep({ a: 1 })
    const session = here(key)
    put(session, 'b', 2)
    await session.commit()
    expect(conflicts).toBe(-1)
    expect(await valuesOf(key)).toEqual({ a: 1, b: 2 })
  })

  test('a write tells the roster each time, and sends the cookie when a tenth of the idle age has passed', async () => {
    const { here, keep, clock, log } = setUp()
    const key = await keep({ a: 1 }, ada)
    const write = async () => {
      const session = here(key)
      put(session, 'b', 2)
      log.length = 0
      await session.commit()
      return [...log, session.cookie && keyOf(session)]
    }
    clock.advance(29_999)
    expect(await write()).toEqual(['load', `seen ${shortIdOf(key)}`, 'save', null])
    clock.advance(1)
    expect(await write()).toEqual(['load', `seen ${shortIdOf(key)}`, 'save', key])
    expect(await write()).toEqual(['load', `seen ${shortIdOf(key)}`, 'save', null])
  })
})

describe('a write to a session that is over is SessionInterrupted, and brings nothing back', () => {
  test('a write fails with SessionInterrupted where the session was deleted after the write read it', async () => {
    const { here, keep, memory, count, log } = setUp()
    const key = await keep({ a: 1 })
    const [session] = await loaded(here(key))
    await memory.delete(idOf(key))
    put(session, 'b', 2)
    await expect(session.commit()).rejects.toThrow(SessionInterrupted)
    expect(log).toEqual(['load', 'save: gone'])
    expect(await count()).toBe(0)
    expect([session.modified, session.cookie]).toEqual([false, null])
  })

  test('a write fails with SessionInterrupted where the session was deleted between a conflict and the replay', async () => {
    const { here, there, keep, count, log } = setUp((store) => ({
      async save(id, record, version) {
        const outcome = await store.save(id, record, version)
        if (outcome === 'conflict') await store.delete(id)
        return outcome
      },
    }))
    const key = await keep({ a: 1 })
    const [first, second] = await loaded(here(key), there(key))
    put(first, 'b', 2)
    await first.commit()
    put(second, 'c', 3)
    await expect(second.commit()).rejects.toThrow(SessionInterrupted)
    expect(log.slice(-2)).toEqual(['save: conflict', 'load'])
    expect(await count()).toBe(0)
  })

  test('a write fails with SessionInterrupted where the session expired after the write read it', async () => {
    const { here, keep, valuesOf, clock, log } = setUp()
    const key = await keep({ a: 1 })
    const [session] = await loaded(here(key))
    put(session, 'b', 2)
    clock.advance(300_000)
    await expect(session.commit()).rejects.toThrow(SessionInterrupted)
    expect(log).toEqual(['load'])
    expect(await valuesOf(key)).toEqual({ a: 1 })
  })

  test('a write fails with SessionInterrupted where a writer before it in the same process ended the session', async () => {
    const { here, keep, count, log } = setUp()
    const key = await keep({ a: 1 })
    const [first, second] = await loaded(here(key), here(key))
    first.flush()
    put(second, 'b', 2)
    const ending = first.commit()
    await expect(second.commit()).rejects.toThrow(SessionInterrupted)
    await ending
    expect(log).toEqual(['load', 'load', 'delete'])
    expect(await count()).toBe(0)
  })

  test('a write fails with SessionInterrupted where the key was replaced, here or there, after it was read', async () => {
    const { here, there, keep, count, valuesOf, log } = setUp()
    const key = await keep({ a: 1 })
    const [cycler, nearby, afar] = await loaded(here(key), here(key), there(key))
    cycler.cycleKey()
    put(nearby, 'b', 2)
    put(afar, 'c', 3)
    const cycling = cycler.commit()
    await expect(nearby.commit()).rejects.toThrow(SessionInterrupted)
    await cycling
    expect(log).not.toContain('save: gone') // the queue knew it already
    await expect(afar.commit()).rejects.toThrow(SessionInterrupted)
    expect(await count()).toBe(1)
    expect(await valuesOf(keyOf(cycler))).toEqual({ a: 1 })
  })
})

describe('proven credentials open a new, empty session', () => {
  test('a login opens a new, empty session where the one that it began in ended meanwhile', async () => {
    const { here, keep, memory } = setUp()
    const key = await keep({ a: 1 })
    const [first, second] = await loaded(here(key), here(key))
    first.flush()
    second.bind(ada, null)
    await Promise.all([first.commit(), second.commit()])
    expect(await memory.load(idOf(keyOf(second)))).toMatchObject({ auth: ada, data: {} })
  })

  test('a login opens a new, empty session where the one that it began in expired meanwhile', async () => {
    const { here, keep, memory, clock } = setUp()
    const [session] = await loaded(here(await keep({ a: 1 })))
    session.bind(ada, null)
    clock.advance(300_000)
    await session.commit()
    expect(await memory.load(idOf(keyOf(session)))).toMatchObject({
      auth: ada,
      data: {},
      createdAt: clock.now(),
    })
  })

  test('a login deletes its copy and starts without a predecessor where the roster has ended the old session', async () => {
    const { here, keep, memory, count } = setUp()
    const key = await keep({ a: 1 }, ada)
    const predecessors: unknown[] = []
    const session = here(key, {
      note: async ({ previous }) => (predecessors.push(previous), previous === null),
      open: async (id, store) => (predecessors.length === 0 ? store.load(id) : null),
    })
    session.bind(ada, null)
    await session.commit()
    expect(predecessors).toMatchObject([{ id: idOf(key), auth: ada }, null])
    expect(await memory.load(idOf(keyOf(session)))).toMatchObject({ auth: ada, data: {} })
    expect(await count()).toBe(2) // the new one, and the old record, which the roster keeps closed
  })
})

describe('a change of key', () => {
  const open = new SessionStoreUnavailable(new Error('The answer is lost.'), { isOpen: true })

  test('a change of key creates, enrolls in place of the old one, and ends the old at the version that was copied', async () => {
    const { here, keep, memory, log } = setUp()
    const key = await keep({ a: 1 }, ada)
    const old = await memory.load(idOf(key))
    const enrolled: unknown[] = []
    const session = here(key, {
      note: async (enrolment) => (log.push('enroll'), enrolled.push(enrolment), true),
    })
    session.cycleKey()
    await session.commit()
    expect(log).toEqual(['load', 'create', 'enroll', 'save', 'delete'])
    const { version: _old, ...copied } = old!
    expect(enrolled).toEqual([
      {
        id: idOf(keyOf(session)),
        record: expect.objectContaining(copied),
        previous: { id: idOf(key), auth: ada, record: old },
        isLogin: false,
      },
    ])
    expect(await memory.load(idOf(key))).toBeNull()
  })

  test('a change of key keeps the old session until the new one is enrolled', async () => {
    const { here, keep, valuesOf } = setUp()
    const key = await keep({ a: 1 }, ada)
    const fault = new Error('The database is away.')
    const session = here(key, { note: () => Promise.reject(fault) })
    session.cycleKey()
    await expect(session.commit()).rejects.toBe(fault)
    expect(await valuesOf(key)).toEqual({ a: 1 })
    expect(session.cookie).toBeNull()
  })

  test('a change of key brings the copy up to date with what another process wrote meanwhile', async () => {
    const { here, there, keep, valuesOf, memory, log } = setUp()
    const key = await keep({ a: 1 })
    const other = there(key)
    const session = here(key, {
      async note() {
        put(other, 'late', 2)
        await other.commit()
        log.length = 0
        return true
      },
    })
    put(session, 'mine', 3)
    session.cycleKey()
    await session.commit()
    expect(log).toEqual(['save: conflict', 'load', 'save', 'save', 'delete'])
    expect(await valuesOf(keyOf(session))).toEqual({ a: 1, late: 2, mine: 3 })
    expect(await session.get('values')).toEqual({ a: 1, late: 2, mine: 3 })
    expect(await memory.load(idOf(key))).toBeNull()
  })

  test('the write after a change of key that caught up with another process meets no conflict', async () => {
    const { here, there, keep, valuesOf, log } = setUp()
    const key = await keep({ a: 1 })
    const other = there(key)
    const session = here(key, {
      async note() {
        put(other, 'late', 2)
        await other.commit()
        return true
      },
    })
    session.cycleKey()
    await session.commit()
    log.length = 0
    put(session, 'next', 4)
    await session.commit()
    expect(log).toEqual(['save'])
    expect(await valuesOf(keyOf(session))).toEqual({ a: 1, late: 2, next: 4 })
  })

  test('a change of key loses none of forty writes under way in another process', async () => {
    const { here, there, keep, valuesOf } = setUp()
    const key = await keep({ n: 0 })
    const count = (values: VisitorValues | null) => ({ n: Number(values?.['n']) + 1 })
    const writers = await loaded(...Array.from({ length: 40 }, () => there(key)))
    for (const writer of writers) writer.update('values', count)
    const session = here(key)
    session.cycleKey()
    const writing = writers.map((writer) => writer.commit())
    await session.commit()
    const outcomes = await Promise.allSettled(writing)
    const stored = outcomes.filter(({ status }) => status === 'fulfilled').length
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(SessionInterrupted)
    }
    expect(await valuesOf(keyOf(session))).toEqual({ n: stored })
  })

  test('a change of key fails with SessionInterrupted where the old session ended in between, and leaves no copy', async () => {
    const { here, keep, memory, count } = setUp()
    const key = await keep({ a: 1 })
    const session = here(key, {
      async note() {
        await memory.delete(idOf(key))
        return true
      },
    })
    session.cycleKey()
    await expect(session.commit()).rejects.toThrow(SessionInterrupted)
    expect([session.cookie, await count()]).toEqual([null, 0])
  })

  test('of two logins of one guest on two processes, one takes the guest’s values and the other starts empty', async () => {
    const { here, there, keep, memory, valuesOf, count } = setUp()
    const key = await keep({ a: 1 })
    const other = there(key)
    other.bind({ ...ada, userId: 'ben' }, null)
    let enrolled = 0
    const session = here(key, {
      async note() {
        if (++enrolled === 1) await other.commit()
        return true
      },
    })
    session.bind(ada, null)
    await session.commit()
    expect(await valuesOf(keyOf(other))).toEqual({ a: 1 })
    expect(await session.auth()).toEqual(ada)
    expect(await session.entries()).toEqual([])
    expect([await memory.load(idOf(key)), await count()]).toEqual([null, 2])
  })

  test('a change of key stands where the old record, which is over, cannot be deleted', async () => {
    const { here, keep, memory, valuesOf } = setUp(() => ({
      delete: () => Promise.reject(new Error('The store is away.')),
    }))
    const key = await keep({ a: 1 })
    const session = here(key)
    session.bind(ada, null)
    await session.commit()
    expect(await valuesOf(keyOf(session))).toEqual({ a: 1 })
    const left = await memory.load(idOf(key))
    expect([left?.data, left && left.expiresAt <= left.createdAt]).toEqual([{}, true])
  })

  test('a change of key stands where the answer to the end of the old record is lost', async () => {
    const lost = [open]
    const { here, keep, memory, valuesOf, count } = setUp(({ save }) => ({
      async save(...words) {
        const outcome = await save(...words)
        const error = lost.pop()
        if (error) throw error
        return outcome
      },
    }))
    const key = await keep({ a: 1 })
    const session = here(key)
    session.bind(ada, null)
    await session.commit()
    expect(await valuesOf(keyOf(session))).toEqual({ a: 1 })
    expect([await memory.load(idOf(key)), await count()]).toEqual([null, 1])
  })

  test('a change of key brings the copy up to date where the end of the old record was not carried out, and another process wrote meanwhile', async () => {
    const lost = [open]
    const { here, there, keep, memory, valuesOf, count } = setUp(({ save }) => ({
      async save(...words) {
        const error = lost.pop()
        if (error === undefined) return save(...words)
        put(other, 'late', 2)
        await other.commit()
        throw error
      },
    }))
    const key = await keep({ a: 1 })
    const other = there(key)
    const session = here(key)
    session.bind(ada, null)
    await session.commit()
    expect(await valuesOf(keyOf(session))).toEqual({ a: 1, late: 2 })
    expect([await memory.load(idOf(key)), await count()]).toEqual([null, 1])
  })

  test('a change of key after which the store does not say whether the old record is over fails, keeps the copy, and sets its cookie', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    let isAway = false
    const { here, keep, valuesOf, log } = setUp(({ save }) => ({
      async save(...words) {
        if (isAway) throw new SessionStoreUnavailable(new Error('away'))
        await save(...words)
        isAway = true
        throw open
      },
    }))
    const key = await keep({ a: 1 }, ada)
    const session = here(key)
    session.bind(ada, null)
    const committing = expect(session.commit()).rejects.toBe(open)
    await vi.advanceTimersByTimeAsync(4_000)
    await committing
    expect(keyOf(session)).not.toBe(key)
    expect(await valuesOf(keyOf(session))).toEqual({ a: 1 })
    expect(log.filter((entry) => /^withdraw|^delete/.test(entry))).toEqual([])
  })

  test('cycleKey without a login fails with SessionInterrupted where the roster has ended the old session, and leaves no copy', async () => {
    const { here, keep, count } = setUp()
    const session = here(await keep({ a: 1 }, ada), { note: async () => false })
    session.cycleKey()
    await expect(session.commit()).rejects.toThrow(SessionInterrupted)
    expect(session.cookie).toBeNull()
    expect(await count()).toBe(1)
  })

  test('a change of key fails with SessionInterrupted where another process ends the new session before it is up to date', async () => {
    const { here, there, keep, memory, count } = setUp()
    const key = await keep({ a: 1 })
    const other = there(key)
    const session = here(key, {
      async note({ id }) {
        put(other, 'late', 2)
        await other.commit()
        await memory.delete(id)
        return true
      },
    })
    session.cycleKey()
    await expect(session.commit()).rejects.toThrow(SessionInterrupted)
    expect(await count()).toBe(1)
  })
})

test('a commit leaves changes that are recorded while it stores for the next commit', async () => {
  const { here, valuesOf } = setUp((store) => ({
    async create(id, record) {
      put(session, 'later', 2)
      return store.create(id, record)
    },
  }))
  const session = here(null)
  put(session, 'first', 1)
  await session.commit()
  expect(session.modified).toBe(true)
  expect(await valuesOf(keyOf(session))).toEqual({ first: 1 })
  await session.commit()
  expect(await valuesOf(keyOf(session))).toEqual({ first: 1, later: 2 })
})

describe('a change of key that cannot be finished leaves no copy, and the old session as it was', () => {
  test('a change of key fails with SessionBusy where other processes never leave a gap, and the old session stays as it was', async () => {
    const { here, keep, count, valuesOf, log } = setUp((store) => ({
      async save(id, record, version) {
        const isEnd = record.expiresAt <= record.createdAt
        return isEnd ? 'conflict' : store.save(id, record, version)
      },
    }))
    const key = await keep({ a: 1 }, ada)
    const session = here(key)
    session.cycleKey()
    await expect(session.commit()).rejects.toThrow(SessionBusy)
    expect(log.filter((entry) => entry === 'load')).toHaveLength(22)
    expect(log.some((entry) => entry.startsWith('withdraw'))).toBe(true)
    expect([session.cookie, await count(), await valuesOf(key)]).toEqual([null, 1, { a: 1 }])
  })

  test('a change of key leaves no copy where a change is refused by what another process stored meanwhile', async () => {
    const { here, there, keep, count, valuesOf } = setUp()
    const key = await keep({ a: 1 })
    const other = there(key)
    const refusal = new SessionInterrupted()
    const session = here(key, {
      async note() {
        put(other, 'late', 2)
        await other.commit()
        return true
      },
    })
    session.update('values', (values) => {
      if (values?.['late'] !== undefined) throw refusal
      return values ?? {}
    })
    session.cycleKey()
    await expect(session.commit()).rejects.toBe(refusal)
    expect([session.cookie, await count(), await valuesOf(key)]).toEqual([
      null,
      1,
      { a: 1, late: 2 },
    ])
  })
})

test('a write under way does not bring back a session that has expired before a login under its key', async () => {
  const [reached, arrive] = gate()
  const [opened, open] = gate()
  const { here, keep, memory, clock } = setUp((store) => ({
    async save(...words) {
      arrive()
      await opened
      return store.save(...words)
    },
  }))
  const key = await keep({ a: 1 }, ada)
  const writer = here(key)
  put(writer, 'b', 2)
  const writing = writer.commit()
  await reached
  clock.advance(301_000)
  const session = here(key)
  session.bind(ada, null)
  await session.commit()
  open()
  await expect(writing).rejects.toThrow(SessionInterrupted)
  expect(await memory.load(idOf(key))).toBeNull()
})

/** A promise, and what fulfils it. */
function gate(): [Promise<void>, () => void] {
  let open = () => {}
  const opened = new Promise<void>((resolve) => (open = resolve))
  return [opened, open]
}

describe('what cannot be finished leaves no session behind that no client holds', () => {
  const away = new SessionStoreUnavailable(new Error('away'))
  const bea = { ...ada, userId: 'bea' }

  test('a login of a guest that the roster cannot enroll leaves no session', async () => {
    const { here, count, log } = setUp()
    const session = here(null, { note: () => Promise.reject(away) })
    session.bind(ada, null)
    await expect(session.commit()).rejects.toBe(away)
    expect([await count(), session.cookie]).toEqual([0, null])
    expect(log.some((entry) => entry.startsWith('withdraw'))).toBe(true)
  })

  test('a login that cannot end the old session leaves the old one alone', async () => {
    const { here, keep, valuesOf, count } = setUp(() => ({ save: () => Promise.reject(away) }))
    const key = await keep({ a: 1 }, ada)
    const withdrawn: unknown[] = []
    const session = here(key, { withdraw: async (...words) => void withdrawn.push(words) })
    session.bind(ada, null)
    await expect(session.commit()).rejects.toBe(away)
    expect(withdrawn).toMatchObject([[expect.any(String), { id: idOf(key), auth: ada }]])
    expect([await count(), await valuesOf(key)]).toEqual([1, { a: 1 }])
  })

  test('a login as another user that cannot end the session before it leaves that session alone', async () => {
    const { here, keep, valuesOf, count } = setUp()
    const key = await keep({ a: 1 }, ada)
    const session = here(key, { leave: () => Promise.reject(away) })
    session.flush()
    session.bind(bea, null)
    await expect(session.commit()).rejects.toBe(away)
    expect([await count(), await valuesOf(key), session.cookie]).toEqual([1, { a: 1 }, null])
  })
})

describe('a request that is answered before its write has had its turn', () => {
  test('a request that is answered before its write has had its turn stores nothing later, and the other writes go on', async () => {
    const { here, keep, valuesOf } = setUp((store) => ({
      save: async (...words) => (await setTimeout(50), store.save(...words)),
    }))
    const key = await keep({ a: 1 })
    const writers = await loaded(...Array.from({ length: 5 }, () => here(key)))
    const commits = writers.map((session, at) => {
      put(session, `write${at}`, at)
      return session.commit().then(
        () => 'stored',
        () => 'dropped',
      )
    })
    await setTimeout(10)
    const answers = await Promise.all([writers[0]!.abandon(), writers[2]!.abandon()])
    expect(answers).toEqual([true, false])
    expect(await Promise.all(commits)).toEqual(['stored', 'stored', 'dropped', 'stored', 'stored'])
    expect(Object.keys((await valuesOf(key)) as object).sort()).toEqual([
      'a',
      'write0',
      'write1',
      'write3',
      'write4',
    ])
  })

  test('twenty writes to one session ask a failing store once', async () => {
    let asked = 0
    const { here, keep } = setUp((store) => ({
      ...store,
      save: async () => (asked++, await setTimeout(20), Promise.reject(away())),
    }))
    const key = await keep({ a: 1 })
    const writers = await loaded(...Array.from({ length: 20 }, () => here(key)))
    const commits = writers.map((session) => (put(session, 'b', 2), session.commit()))
    const outcomes = await Promise.allSettled(commits)
    expect(outcomes.map(({ status }) => status)).toEqual(Array(20).fill('rejected'))
    expect(asked).toBe(1)
  })

  const away = () => new SessionStoreUnavailable(new Error('away'))
})

describe('the beginning', () => {
  test('a new session of a user is enrolled without a predecessor', async () => {
    const { here, log } = setUp()
    const predecessors: unknown[] = []
    const session = here(null, {
      note: async ({ id, previous }) => (predecessors.push([id, previous]), true),
    })
    session.bind(ada, null)
    await session.commit()
    expect(predecessors).toEqual([[idOf(keyOf(session)), null]])
    expect(log).toEqual(['create'])
  })

  test(
    'a new session takes another key where the store has its id already',
    { tags: ['A15'] },
    async () => {
      const asked: string[] = []
      const { here, valuesOf } = setUp((store) => ({
        create: async (id, record) => (asked.push(id) < 3 ? null : store.create(id, record)),
      }))
      const session = here(null)
      session.set('values', { a: 1 })
      await session.commit()
      expect(new Set(asked).size).toBe(3)
      expect(idOf(keyOf(session))).toBe(asked[2])
      expect(await valuesOf(keyOf(session))).toEqual({ a: 1 })
    },
  )
})

describe('the end', () => {
  test('the end of a session tells the roster first, then deletes the record', async () => {
    const { here, keep, log } = setUp()
    const key = await keep({ a: 1 }, ada)
    const session = here(key)
    session.flush()
    await session.commit()
    expect(log).toEqual(['load', `leave ${shortIdOf(key)}`, 'delete'])
  })

  test('the end of a guest’s session tells the roster nothing', async () => {
    const { here, keep, log } = setUp()
    const session = here(await keep({ a: 1 }))
    session.flush()
    await session.commit()
    expect(log).toEqual(['load', 'delete'])
  })

  test('a flush with new values starts the next session before it ends this one', async () => {
    const { here, keep, log } = setUp()
    const key = await keep({ a: 1 }, ada)
    const session = here(key)
    session.flush()
    session.set('values', { b: 2 })
    await session.commit()
    const enrolled = `enroll ${shortIdOf(keyOf(session))}`
    expect(log).toEqual(['load', 'create', enrolled, `leave ${shortIdOf(key)}`, 'delete'])
  })

  test('a session ends whatever another process wrote to it meanwhile', async () => {
    const { here, there, keep, count } = setUp()
    const key = await keep({ a: 1 })
    const [session, other] = await loaded(here(key), there(key))
    put(other, 'b', 2)
    await other.commit()
    session.flush()
    await session.commit()
    expect(await count()).toBe(0)
  })
})

describe('a late write under a key that names no session any more', () => {
  const late = async (word: (session: Session) => void, superseded: boolean) => {
    const { here, count, memory } = setUp()
    const key = createKey()
    const asked: string[] = []
    const session = here(key, {
      isSuperseded: async (id) => (asked.push(id), superseded),
    })
    word(session)
    const outcome = await session.commit().catch((error: unknown) => error)
    const { cookie } = session
    const started = cookie !== null && cookie !== 'clear' && (await memory.load(idOf(cookie.key)))
    return { outcome, cookie, started, count: await count(), asked, id: idOf(key) }
  }

  test('a late write fails with SessionInterrupted where its key was just replaced', async () => {
    const { outcome, cookie, count, asked, id } = await late((s) => put(s, 'a', 1), true)
    expect(outcome).toBeInstanceOf(SessionInterrupted)
    expect([cookie, count, asked]).toEqual([null, 0, [id]])
  })

  test('a late write under a key that the roster did not replace starts a new session under a key of the server', async () => {
    const { outcome, started, asked, id } = await late((s) => put(s, 'a', 1), false)
    expect(outcome).toBeUndefined()
    expect(started).toMatchObject({ data: { values: { a: 1 } } })
    expect(asked).toEqual([id])
  })

  test('a late login is never refused', async () => {
    const { outcome, started, asked } = await late((s) => s.bind(ada, null), true)
    expect(outcome).toBeUndefined()
    expect(started).toMatchObject({ auth: ada })
    expect(asked).toEqual([])
  })

  test('a late logout is never refused, and clears the cookie', async () => {
    const { outcome, cookie, count, asked } = await late((s) => s.flush(), true)
    expect([outcome, cookie, count, asked]).toEqual([undefined, 'clear', 0, []])
  })

  test('the roster is not asked for a replaced key where the visitor sent no cookie', async () => {
    const { here, count } = setUp()
    const asked: string[] = []
    const session = here(null, { isSuperseded: async (id) => (asked.push(id), true) })
    put(session, 'a', 1)
    await session.commit()
    expect([asked, await count()]).toEqual([[], 1])
  })
})

test('a store that has no room for any id is a fault, and the commit gives up asking', async () => {
  let asked = 0
  const { here } = setUp(() => ({ create: async () => (asked++, null) }))
  const session = here(null)
  put(session, 'a', 1)
  await expect(session.commit()).rejects.toThrow('new ids in a row')
  expect(asked).toBeLessThan(100)
})

describe('a touch', () => {
  const visit = async (key: SessionKey, { here, clock, log }: ReturnType<typeof setUp>) => {
    const [session] = await loaded(here(key))
    clock.advance(30_000)
    log.length = 0
    return session
  }

  test('a touch of a user’s session tells the roster', async () => {
    const server = setUp()
    const key = await server.keep({ a: 1 }, ada)
    const session = await visit(key, server)
    await session.close({ touch: true })
    expect(server.log).toEqual([`seen ${shortIdOf(key)}`, 'save'])
    expect(keyOf(session)).toBe(key)
  })

  test('a touch of a guest’s session tells the roster nothing', async () => {
    const server = setUp()
    const session = await visit(await server.keep({ a: 1 }), server)
    await session.close({ touch: true })
    expect(server.log).toEqual(['save'])
  })

  test('a touch that another writer came before is dropped, and sends no cookie', async () => {
    const server = setUp()
    const key = await server.keep({ a: 1 }, ada)
    const session = await visit(key, server)
    const other = server.there(key)
    put(other, 'b', 2)
    await other.commit()
    server.log.length = 0
    await session.close({ touch: true })
    const seen = `seen ${shortIdOf(key)}`
    expect(server.log).toEqual([seen, 'save: conflict', 'load', seen])
    expect(session.cookie).toBeNull()
    expect(await server.valuesOf(key)).toEqual({ a: 1, b: 2 })
  })

  test('a touch that comes after the end of the session brings nothing back', async () => {
    const server = setUp()
    const key = await server.keep({ a: 1 }, ada)
    const session = await visit(key, server)
    await server.memory.delete(idOf(key))
    await session.close({ touch: true })
    const seen = `seen ${shortIdOf(key)}`
    expect(server.log).toEqual([seen, 'save: gone', seen]) // the second takes the first back
    expect([session.cookie, await server.count()]).toEqual([null, 0])
  })

  test('a touch does not wake a session that expired while the answer was made', async () => {
    const server = setUp()
    const session = await visit(await server.keep({ a: 1 }), server)
    server.clock.advance(270_000)
    await session.close({ touch: true })
    expect([server.log, session.cookie]).toEqual([[], null])
  })
})

test('a server without users opens the sessions of guests alone', async () => {
  const { here, keep } = setUp()
  const key = await keep({ a: 1 }, ada)
  expect(await here(key, noRoster).auth()).toBeNull()
  expect(await here(key).auth()).toEqual(ada)
})
