import { describe, expect, test } from 'vitest'
import { cartDefinition } from '../../src/features/cart/names.ts'
import { defaultPreferences, preferencesDefinition } from '../../src/features/preferences/names.ts'
import { valuesDefinition } from '../../src/features/values/names.ts'
import type { SessionSettings } from '../../src/session/settings.ts'
import type { ExpiryPolicy } from '../../src/session/record/expiry.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { createWriterQueue } from '../../src/session/queue.ts'
import type { SessionRoster } from '../../src/session/roster.ts'
import { Session } from '../../src/session/session.ts'
import { createClock } from '../harness.ts'
import { createStore } from './memory-store.ts'
import { InvalidInput, SessionTooLarge } from '../../src/refusals.ts'
import { noRoster } from './no-roster.ts'

const oneHat = { items: [{ sku: 'hat', quantity: 1, addedAt: 0 }] }
const auth = { userId: 'u1', epoch: 0, backend: 'password' }

/** A store of its own, which writes down what is asked of it, and the visitors' sessions on it. */
function setUp(policy: Partial<ExpiryPolicy> = {}) {
  const clock = createClock()
  const calls: string[] = []
  const store = createStore()
  const settings: SessionSettings = {
    store: {
      ...store,
      load: (id) => (calls.push('load'), store.load(id)),
      create: (id, record) => (calls.push('create'), store.create(id, record)),
      save: (id, record, version) => (calls.push('save'), store.save(id, record, version)),
      delete: (id, version) => (calls.push('delete'), store.delete(id, version)),
    },
    policy: { age: 300, absoluteAge: 0, expireAtBrowserClose: false, ...policy },
    definitions: {
      cart: cartDefinition,
      preferences: preferencesDefinition,
      values: valuesDefinition,
    },
    maxBytes: 1000,
    queue: createWriterQueue(),
    now: clock.now,
  }
  const agreeing: SessionRoster = { ...noRoster, open: (id, from) => from.load(id) }
  /** The session of a request whose cookie is `key`. */
  const open = (key: SessionKey | null = null, roster: SessionRoster = agreeing) =>
    new Session(settings, roster, key)
  /** The key of a session that has been stored as `prepare` left it. */
  const keep = async (prepare: (session: Session) => void) => {
    const session = open()
    prepare(session)
    await session.commit()
    calls.length = 0
    return keyOf(session)
  }
  /** How many records the store holds. */
  const count = async () => {
    let total = 0
    for await (const _record of store.list!()) total++
    return total
  }
  return { clock, calls, store, open, keep, count }
}

/** The key that the visitor's cookie is set to. */
function keyOf({ cookie }: Session): SessionKey {
  if (cookie === null || cookie === 'clear') throw new Error('The cookie is not set.')
  return cookie.key
}

/** Everything that can be asked of a session, and recorded in it. */
const questions: [string, (session: Session) => Promise<unknown>][] = [
  ['id', (session) => session.id()],
  ['auth', async (session) => session.auth()],
  ['record', (session) => session.record()],
  ['get', (session) => session.get('cart')],
  ['has', (session) => session.has('cart')],
  ['keys', (session) => session.keys()],
  ['entries', (session) => session.entries()],
  ['isEmpty', (session) => session.isEmpty()],
  ['pop', (session) => session.pop('cart')],
  ['expiryDate', (session) => session.expiryDate()],
  ['expiryAge', (session) => session.expiryAge()],
  ['expiresAtBrowserClose', (session) => session.expiresAtBrowserClose()],
]
const changes: [string, (session: Session) => void][] = [
  ['set', (session) => session.set('cart', oneHat)],
  ['delete', (session) => session.delete('cart')],
  ['update', (session) => session.update('values', (values) => values ?? {})],
  ['clear', (session) => session.clear()],
  ['flush', (session) => session.flush()],
  ['cycleKey', (session) => session.cycleKey()],
  ['bind', (session) => session.bind(auth, null)],
  ['setExpiry', (session) => session.setExpiry(60)],
]

describe('a session that is given up', () => {
  test('a session that is given up closes without waiting for what was begun, and its failure ends no process', async () => {
    const session = setUp().open()
    let fail: (error: Error) => void = () => {}
    void session.follow(new Promise<void>((_resolve, reject) => (fail = reject)), true)
    const closing = session.close()
    await session.abandon()
    await closing
    fail(new Error('late'))
    await new Promise((resolve) => setImmediate(resolve))
  })

  test('what a request does to its session after the close, and does not wait for, is reported where it fails', async () => {
    const session = setUp().open()
    await session.close()
    const told = new Promise((resolve) => (session.unhandled = { late: resolve }))
    void session.follow(Promise.reject(new Error('late')), true)
    expect(await told).toEqual(new Error('late'))
  })
})

describe('a change that cannot be stored', () => {
  test('a name without a definition is an error of the line that writes it', () => {
    const session = setUp().open()
    const sentence = /^Sessions have no hat here: /
    expect(() => session.set('hat' as 'cart', oneHat)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(sentence) }),
    )
    expect(() => session.update('hat' as 'cart', () => oneHat)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(sentence) }),
    )
    expect(session.modified).toBe(false)
  })

  test('a value that does not fit names the call that writes it', async () => {
    const wrong = { items: 1 } as never
    const set = setUp().open()
    expect(() => set.set('cart', wrong)).toThrow(/^session\.set\('cart'\): the value does not fit /)
    const update = setUp().open()
    update.update('cart', () => wrong)
    await expect(update.commit()).rejects.toThrow(/^session\.update\('cart'\): .*, at items: /)
    const setDefault = setUp().open()
    await setDefault.setDefault('cart', wrong)
    await expect(setDefault.commit()).rejects.toThrow(/^session\.setDefault\('cart'\): /)
  })

  test('the function of an update must not be async, and the error says so', async () => {
    const session = setUp().open()
    session.update('cart', (async () => oneHat) as never)
    await expect(session.commit()).rejects.toThrow(
      /^session\.update\('cart'\): the value is a promise\. What makes it must not be async\.$/,
    )
  })
})

describe('laziness', () => {
  test('a session that no code asks costs no call to the store', async () => {
    const { open, keep, calls, clock } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    clock.advance(200_000)
    const session = open(key)
    expect([session.accessed, session.modified, session.cookie]).toEqual([false, false, null])
    await session.commit()
    await session.close({ touch: true })
    expect(calls).toEqual([])
    expect(session.accessed).toBe(false)
  })

  test('presentedId gives the id of the cookie without a load', () => {
    const { open, calls } = setUp()
    const key = createKey()
    const session = open(key)
    expect(session.presentedId).toBe(idOf(key))
    expect(open().presentedId).toBeNull()
    expect([session.accessed, calls]).toEqual([false, []])
  })

  test('all questions about a session share one load', async () => {
    const { open, keep, calls } = setUp()
    const session = open(await keep((session) => session.set('preferences', defaultPreferences)))
    await Promise.all(questions.map(([, ask]) => ask(session)))
    await session.keys()
    expect(calls).toEqual(['load'])
  })

  test.each([
    ['at once', () => fail()],
    ['later', async () => fail()],
  ])('a session that cannot be looked up fails %s, once for all questions', async (_when, look) => {
    const { open } = setUp()
    let looks = 0
    const session = open(createKey(), { ...noRoster, open: () => (looks++, look()) })
    const asked = [session.get('cart'), session.auth(), session.get('cart')]
    for (const question of asked) await expect(question).rejects.toThrow('out of order')
    expect(looks).toBe(1)
  })

  test('questions about a visitor without a cookie cost no load', async () => {
    const { open, calls } = setUp()
    const session = open()
    for (const [, ask] of questions) await ask(session)
    expect(calls).toEqual([])
  })

  test.each(changes)('the session records %s without a call to the store', (_word, change) => {
    const { open, calls } = setUp()
    change(open(createKey()))
    expect(calls).toEqual([])
  })

  test('several changes cost one load and one save', async () => {
    const { open, keep, calls } = setUp()
    const session = open(await keep((session) => session.set('values', { a: 1 })))
    session.set('cart', oneHat)
    session.update('values', (values) => ({ ...values, b: 2 }))
    session.set('preferences', defaultPreferences)
    session.delete('preferences')
    await session.commit()
    expect(calls).toEqual(['load', 'save'])
  })

  test('several changes of a new visitor cost one create', async () => {
    const { open, calls } = setUp()
    const session = open()
    session.set('cart', oneHat)
    session.set('values', { a: 1 })
    session.setExpiry(60)
    await session.commit()
    expect(calls).toEqual(['create'])
  })
})

describe('reading creates nothing', () => {
  test.each<[string, SessionKey | null]>([
    ['a visitor without a cookie', null],
    ['a key that names nothing', createKey()],
  ])('reading creates nothing for %s', async (_who, key) => {
    const { open, count, calls } = setUp()
    const session = open(key)
    for (const [, ask] of questions) await ask(session)
    await session.close({ touch: true })
    expect(await count()).toBe(0)
    expect(calls).toEqual(key === null ? [] : ['load'])
    expect(session.cookie).toBeNull()
  })

  test('reading leaves the stored record as it is', async () => {
    const { open, keep, store } = setUp()
    const key = await keep((session) => session.set('values', { a: 1 }))
    const before = await store.load(idOf(key))
    const session = open(key)
    for (const [, ask] of questions) await ask(session)
    await session.close({ touch: true })
    expect(await store.load(idOf(key))).toEqual(before)
    expect(session.cookie).toBeNull()
  })
})

describe('accessed', () => {
  test.each(questions)('accessed is true once a request asks %s', async (_word, ask) => {
    const session = setUp().open()
    expect(session.accessed).toBe(false)
    await ask(session)
    expect(session.accessed).toBe(true)
  })

  test.each(changes)('accessed is true once a request records %s', (_word, change) => {
    const session = setUp().open()
    change(session)
    expect(session.accessed).toBe(true)
  })
})

describe('modified', () => {
  test.each(changes)(
    'modified is true from %s until the commit has stored it',
    async (_word, change) => {
      const session = setUp().open()
      expect(session.modified).toBe(false)
      change(session)
      expect(session.modified).toBe(true)
      await session.commit()
      expect(session.modified).toBe(false)
    },
  )

  test.each(questions)('modified stays false when a request asks %s', async (_word, ask) => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('values', {})))
    await ask(session)
    expect(session.modified).toBe(false)
  })
})

describe('get', () => {
  test('get gives the value, or null', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('cart', oneHat)))
    expect(await session.get('cart')).toEqual(oneHat)
    expect(await session.get('values')).toBeNull()
  })

  test('get gives the fallback only where there is no value', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('values', {})))
    expect(await session.get('values', { a: 1 })).toEqual({})
    expect(await session.get('cart', oneHat)).toEqual(oneHat)
    expect(await session.has('cart')).toBe(false)
  })

  test('get knows the declared names and their types', async () => {
    const session = setUp().open()
    const cart = await session.get('cart', oneHat)
    expect(cart.items).toHaveLength(1)
    // @ts-expect-error: may be null without a fallback
    await expect(session.get('cart').then((found) => found.items)).rejects.toThrow(TypeError)
    // @ts-expect-error: not declared in SessionData
    await expect(session.get('basket')).rejects.toThrow('Sessions have no basket here')
  })
})

describe('set', () => {
  test('the same request reads what it has set before the store has it', async () => {
    const { open, calls } = setUp()
    const session = open()
    session.set('cart', oneHat)
    expect(await session.get('cart')).toEqual(oneHat)
    expect(await session.has('cart')).toBe(true)
    expect(calls).toEqual([])
  })

  test('the next request reads what set has stored', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    const session = open(key)
    session.set('cart', { items: [] })
    expect(await open(key).get('cart')).toEqual(oneHat)
    await session.commit()
    expect(await open(key).get('cart')).toEqual({ items: [] })
  })

  test('a set past the cap of the whole session stores nothing and is forgotten', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    const session = open(key)
    session.delete('cart')
    session.set('values', { a: 'x'.repeat(990) })
    await expect(session.commit()).rejects.toThrow(SessionTooLarge)
    expect(session.modified).toBe(false)
    expect(await session.keys()).toEqual(['cart'])
    expect(await open(key).keys()).toEqual(['cart'])
  })
})

describe('delete', () => {
  test('delete forgets one name', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => {
      session.set('cart', oneHat)
      session.set('values', { a: 1 })
    })
    const session = open(key)
    session.delete('cart')
    expect(await session.keys()).toEqual(['values'])
    await session.commit()
    expect(await open(key).keys()).toEqual(['values'])
  })

  test('delete of a name that is not there changes nothing and fails nothing', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('values', { a: 1 }))
    const session = open(key)
    session.delete('cart')
    await session.commit()
    expect(await open(key).get('values')).toEqual({ a: 1 })
  })
})

describe('pop', () => {
  test('pop gives the value and forgets it', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('values', { a: 1 }))
    const session = open(key)
    expect(await session.pop('values')).toEqual({ a: 1 })
    expect(await session.pop('values')).toBeNull()
    await session.commit()
    expect(await open(key).has('values')).toBe(false)
  })

  test('pop gives the fallback where there is no value, and then changes nothing', async () => {
    const session = setUp().open()
    expect(await session.pop('values', { a: 1 })).toEqual({ a: 1 })
    expect(session.modified).toBe(false)
    expect(await session.has('values')).toBe(false)
  })

  test('pop prefers the value to the fallback', async () => {
    const session = setUp().open()
    session.set('values', {})
    expect(await session.pop('values', { a: 1 })).toEqual({})
  })
})

describe('setDefault', () => {
  test('setDefault keeps the value that is there, and then changes nothing', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('values', { a: 1 })))
    expect(await session.setDefault('values', { b: 2 })).toEqual({ a: 1 })
    expect(session.modified).toBe(false)
  })

  test('setDefault stores the value where there is none', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    const session = open(key)
    expect(await session.setDefault('values', { b: 2 })).toEqual({ b: 2 })
    await session.commit()
    expect(await open(key).get('values')).toEqual({ b: 2 })
  })

  test('setDefault keeps what another writer stored first', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    const [first, second] = [open(key), open(key)]
    await second.setDefault('values', { b: 2 })
    await first.setDefault('values', { a: 1 })
    await first.commit()
    await second.commit()
    expect(await open(key).get('values')).toEqual({ a: 1 })
  })
})

describe('update', () => {
  test('update stores what its function makes of the value, or of null', async () => {
    const { open, keep } = setUp()
    const seen: unknown[] = []
    const key = await keep((session) => session.set('values', { a: 1 }))
    const session = open(key)
    session.update('values', (values) => (seen.push(values), { ...values, b: 2 }))
    session.update('cart', (cart) => (seen.push(cart), oneHat))
    await session.commit()
    expect(seen).toEqual([{ a: 1 }, null])
    expect(await open(key).entries()).toEqual([
      ['cart', oneHat],
      ['values', { a: 1, b: 2 }],
    ])
  })

  test('update works on what the request recorded before it', async () => {
    const session = setUp().open()
    session.set('values', { a: 1 })
    session.update('values', (values) => ({ ...values, b: 2 }))
    session.update('values', (values) => ({ ...values, c: 3 }))
    expect(await session.get('values')).toEqual({ a: 1, b: 2, c: 3 })
  })

  test('update is atomic: ten requests that read the same value lose none', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('values', { n: 0 }))
    const sessions = Array.from({ length: 10 }, () => open(key))
    for (const session of sessions) {
      await session.get('values')
      session.update('values', (values) => ({ n: Number(values?.['n']) + 1 }))
    }
    await Promise.all(sessions.map((session) => session.commit()))
    expect(await open(key).get('values')).toEqual({ n: 10 })
  })

  test('an update that refuses stores nothing, not even what was recorded beside it', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('values', { a: 1 }))
    const session = open(key)
    const refusal = new InvalidInput([{ path: ['values'], message: 'No.' }])
    session.set('cart', oneHat)
    session.update('values', () => {
      throw refusal
    })
    await expect(session.commit()).rejects.toBe(refusal)
    expect(session.modified).toBe(false)
    expect(await session.entries()).toEqual([['values', { a: 1 }]])
    expect(await open(key).entries()).toEqual([['values', { a: 1 }]])
  })
})

test('keys and entries are sorted by name, whatever was stored first', async () => {
  const { open, keep } = setUp()
  const session = open(
    await keep((session) => {
      session.set('values', { a: 1 })
      session.set('preferences', defaultPreferences)
    }),
  )
  session.set('cart', oneHat)
  expect(await session.keys()).toEqual(['cart', 'preferences', 'values'])
  expect(await session.entries()).toEqual([
    ['cart', oneHat],
    ['preferences', defaultPreferences],
    ['values', { a: 1 }],
  ])
})

test('clear forgets every name; the user, the key and the expiry stay', async () => {
  const { open, keep } = setUp()
  const key = await keep((session) => {
    session.bind(auth, 60)
    session.set('cart', oneHat)
    session.set('values', { a: 1 })
  })
  const session = open(key)
  session.clear()
  expect(await session.keys()).toEqual([])
  await session.commit()
  const next = open(key)
  expect(await next.keys()).toEqual([])
  expect(await next.record()).toMatchObject({ auth, expiry: 60, data: {} })
})

describe('isEmpty, as in Django', () => {
  test('isEmpty is true of a new visitor, until a name is set, and again when it is deleted', async () => {
    const session = setUp().open()
    expect(await session.isEmpty()).toBe(true)
    session.set('values', {})
    expect(await session.isEmpty()).toBe(false)
    session.delete('values')
    expect(await session.isEmpty()).toBe(true)
  })

  test('isEmpty is true of a key that names no session', async () => {
    expect(await setUp().open(createKey()).isEmpty()).toBe(true)
  })

  test('isEmpty is false of a stored session that holds nothing, since it has a key', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('values', {})))
    session.clear()
    expect(await session.isEmpty()).toBe(false)
    await session.commit()
    expect(await session.isEmpty()).toBe(false)
  })

  test('isEmpty is false of a signed-in user, before the commit and after', async () => {
    const { open, keep } = setUp()
    const session = open()
    session.bind(auth, null)
    expect(await session.isEmpty()).toBe(false)
    expect(await open(await keep((session) => session.bind(auth, null))).isEmpty()).toBe(false)
  })

  test('isEmpty is true after flush, before the commit and after', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('values', { a: 1 })))
    session.flush()
    expect(await session.isEmpty()).toBe(true)
    await session.commit()
    expect(await session.isEmpty()).toBe(true)
  })
})

describe('flush', () => {
  test('flush ends the session for every copy of its key, and clears the cookie', async () => {
    const { open, keep, count } = setUp()
    const key = await keep((session) => session.set('values', { a: 1 }))
    const session = open(key)
    session.flush()
    await session.commit()
    expect(session.cookie).toBe('clear')
    expect(await session.id()).toBeNull()
    expect(await open(key).isEmpty()).toBe(true)
    expect(await count()).toBe(0)
  })

  test('the same request sees an empty, anonymous session right after flush', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.bind(auth, 'browser')))
    session.flush()
    expect(await session.auth()).toBeNull()
    expect(await session.keys()).toEqual([])
    expect(await session.expiresAtBrowserClose()).toBe(false)
  })

  test('flush forgets what the request recorded before it', async () => {
    const { open, count } = setUp()
    const session = open()
    session.set('values', { a: 1 })
    session.flush()
    await session.commit()
    expect(await count()).toBe(0)
  })

  test('flush does nothing to a visitor without a cookie, and calls no store', async () => {
    const { open, calls } = setUp()
    const session = open()
    session.flush()
    await session.commit()
    expect([session.cookie, calls]).toEqual([null, []])
  })

  test('a change recorded after flush starts an empty session under a new key', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.set('values', { a: 1 }))
    const session = open(key)
    session.flush()
    session.set('cart', oneHat)
    await session.commit()
    expect(keyOf(session)).not.toBe(key)
    expect(await open(keyOf(session)).entries()).toEqual([['cart', oneHat]])
    expect(await open(key).isEmpty()).toBe(true)
  })

  test('a change recorded after a stored flush starts a new session', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('values', { a: 1 })))
    session.flush()
    await session.commit()
    session.set('cart', oneHat)
    await session.commit()
    expect(await open(keyOf(session)).keys()).toEqual(['cart'])
  })

  test('flush of a session that this request started leaves the visitor with no cookie', async () => {
    const { open, count } = setUp()
    const session = open()
    session.set('cart', oneHat)
    await session.commit()
    session.flush()
    await session.commit()
    expect(session.cookie).toBe('clear')
    expect(await count()).toBe(0)
  })
})

describe('cycleKey', () => {
  test('cycleKey moves everything to a new key, and the old key opens nothing', async () => {
    const { open, keep, count, calls } = setUp()
    const key = await keep((session) => {
      session.set('values', { a: 1 })
      session.setExpiry(60)
    })
    const session = open(key)
    session.cycleKey()
    await session.commit()
    expect(calls).toEqual(['load', 'create', 'save', 'delete'])
    expect(keyOf(session)).not.toBe(key)
    expect(await session.id()).toBe(idOf(keyOf(session)))
    expect(await open(keyOf(session)).record()).toMatchObject({
      expiry: 60,
      data: { values: { a: 1 } },
    })
    expect(await open(key).isEmpty()).toBe(true)
    expect(await count()).toBe(1)
  })

  test('cycleKey takes along what the request records before and after it', async () => {
    const { open, keep } = setUp()
    const session = open(await keep((session) => session.set('values', { a: 1 })))
    session.set('cart', oneHat)
    session.cycleKey()
    session.delete('values')
    await session.commit()
    expect(await open(keyOf(session)).keys()).toEqual(['cart'])
  })

  test('cycleKey of a visitor who has nothing starts nothing', async () => {
    const { open, calls } = setUp()
    const session = open()
    session.cycleKey()
    await session.commit()
    expect([session.cookie, calls]).toEqual([null, []])
  })

  test('cycleKey after flush stores no session, and the cookie is cleared', async () => {
    const { open, keep, count } = setUp()
    const session = open(await keep((session) => session.set('values', { a: 1 })))
    session.flush()
    session.cycleKey()
    await session.commit()
    expect(session.cookie).toBe('clear')
    expect(await count()).toBe(0)
  })
})

test('a key that the server did not issue is never adopted', async () => {
  const { open } = setUp()
  const forged = createKey()
  const session = open(forged)
  session.set('cart', oneHat)
  await session.commit()
  expect(keyOf(session)).not.toBe(forged)
  expect(await open(forged).isEmpty()).toBe(true)
  expect(await open(keyOf(session)).has('cart')).toBe(true)
})

test('bind signs in under a new key, with an expiry of its own', async () => {
  const { open, keep } = setUp()
  const key = await keep((session) => session.set('cart', oneHat))
  const session = open(key)
  session.bind(auth, 'browser')
  expect(await session.auth()).toEqual(auth)
  await session.commit()
  expect(keyOf(session)).not.toBe(key)
  expect(await open(keyOf(session)).record()).toMatchObject({
    auth,
    expiry: 'browser',
    data: { cart: oneHat },
  })
})

test('a record that names a user is closed, its values too, unless the roster agrees', async () => {
  const { open, keep } = setUp()
  const key = await keep((session) => {
    session.bind(auth, null)
    session.set('values', { a: 1 })
  })
  const asked: unknown[] = []
  const answering = (answer: boolean): SessionRoster => ({
    ...noRoster,
    open: async (id, store) => (asked.push(id), answer ? store.load(id) : null),
  })
  const welcome = open(key, answering(true))
  expect([await welcome.auth(), await welcome.keys()]).toEqual([auth, ['values']])
  const refused = open(key, answering(false))
  expect([await refused.auth(), await refused.keys()]).toEqual([null, []])
  expect([await refused.id(), await refused.isEmpty()]).toEqual([null, true])
  expect(asked).toEqual([idOf(key), idOf(key)])
})

test('a server without users opens a guest’s session', async () => {
  const { open, keep } = setUp()
  const key = await keep((session) => session.set('values', { a: 1 }))
  expect(await open(key, noRoster).get('values')).toEqual({ a: 1 })
})

describe('expiry', () => {
  test('a session that is not stored has no expiry date and no age', async () => {
    const session = setUp().open()
    session.set('values', {})
    expect([await session.expiryDate(), await session.expiryAge()]).toEqual([null, null])
  })

  test.each<[string, number | 'browser' | null, number]>([
    ['the policy', null, 300],
    ['seconds', 60, 60],
    ["the browser's closing", 'browser', 300],
  ])('setExpiry to %s decides the expiry date and age', async (_what, expiry, seconds) => {
    const { open, keep, clock } = setUp()
    const key = await keep((session) => {
      session.set('values', {})
      session.setExpiry(expiry)
    })
    const session = open(key)
    expect(await session.expiryDate()).toBe(clock.now() + seconds * 1000)
    expect(await session.expiryAge()).toBe(seconds)
    expect(await session.expiresAtBrowserClose()).toBe(expiry === 'browser')
  })

  test(
    'setExpiry to an instant fixes the end, which no write moves',
    { tags: ['B18'] },
    async () => {
      const { open, keep, clock } = setUp()
      const at = clock.now() + 90_000
      const key = await keep((session) => session.setExpiry({ at }))
      clock.advance(50_000)
      const session = open(key)
      session.set('values', {})
      await session.commit()
      expect(await session.expiryDate()).toBe(at)
    },
  )

  test('setExpiry of a stored session sends the cookie again', async () => {
    const { open, keep, clock } = setUp()
    const session = open(await keep((session) => session.set('values', {})))
    session.setExpiry(3600)
    await session.commit()
    expect(session.cookie).toMatchObject({ record: { expiresAt: clock.now() + 3_600_000 } })
  })

  test('setExpiry(null) goes back to the policy', async () => {
    const { open, keep } = setUp()
    const key = await keep((session) => session.setExpiry(60))
    const session = open(key)
    session.setExpiry(null)
    await session.commit()
    expect(await open(key).expiryAge()).toBe(300)
  })

  test('expiryAge gives the whole seconds that are left, rounded down', async () => {
    const { open, keep, clock } = setUp()
    const key = await keep((session) => session.set('values', {}))
    clock.advance(1)
    expect(await open(key).expiryAge()).toBe(299)
    clock.advance(999)
    expect(await open(key).expiryAge()).toBe(299)
    clock.advance(1)
    expect(await open(key).expiryAge()).toBe(298)
  })

  test('expiresAtBrowserClose follows the operator until the session says otherwise', async () => {
    const session = setUp({ expireAtBrowserClose: true }).open()
    expect(await session.expiresAtBrowserClose()).toBe(true)
    session.setExpiry(60)
    expect(await session.expiresAtBrowserClose()).toBe(false)
    session.setExpiry('browser')
    expect(await session.expiresAtBrowserClose()).toBe(true)
  })

  test('a session of 300 seconds is there for 299,999 milliseconds, and over after one more', async () => {
    const { open, keep, clock } = setUp()
    const key = await keep((session) => session.set('values', {}))
    clock.advance(299_999)
    expect(await open(key).has('values')).toBe(true)
    clock.advance(1)
    expect(await open(key).has('values')).toBe(false)
    expect(await open(key).id()).toBeNull()
  })

  test('every write postpones the end', async () => {
    const { open, keep, clock } = setUp()
    const key = await keep((session) => session.set('values', {}))
    clock.advance(10_000)
    const session = open(key)
    session.set('values', { a: 1 })
    await session.commit()
    expect(await session.expiryAge()).toBe(300)
  })

  test('an absolute end is not postponed, not even by a new key', async () => {
    const { open, keep, clock } = setUp({ absoluteAge: 400 })
    const key = await keep((session) => session.set('values', {}))
    clock.advance(200_000)
    const session = open(key)
    session.cycleKey()
    await session.commit()
    expect(await session.expiryAge()).toBe(200)
  })

  test('a login starts the absolute clock again', async () => {
    const { open, keep, clock } = setUp({ absoluteAge: 400 })
    const key = await keep((session) => session.set('values', {}))
    clock.advance(200_000)
    const session = open(key)
    session.bind(auth, 3600)
    await session.commit()
    expect(await session.expiryAge()).toBe(400)
  })
})

describe('close', () => {
  test('close stores what the request has left to store', async () => {
    const { open } = setUp()
    const session = open()
    session.set('values', { a: 1 })
    await session.close({ touch: true })
    expect(await open(keyOf(session)).get('values')).toEqual({ a: 1 })
  })

  test.each(changes)('after the close of a session, %s throws', async (_word, change) => {
    const { open, keep, calls } = setUp()
    const session = open(await keep((session) => session.set('cart', oneHat)))
    await session.close({ touch: true })
    expect(() => change(session)).toThrow('The response has begun')
    expect(session.modified).toBe(false)
    await session.commit()
    expect(calls).toEqual([])
  })

  test.each(questions.filter(([word]) => word !== 'pop'))(
    'after close, %s still answers as before',
    async (_word, ask) => {
      const { open, keep } = setUp()
      const session = open(await keep((session) => session.set('cart', oneHat)))
      const before = await ask(session)
      await session.close({ touch: true })
      expect(await ask(session)).toEqual(before)
    },
  )

  test('close touches once a tenth of the idle age, and sends the cookie', async () => {
    const { open, keep, calls, clock } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    const visit = async () => {
      const session = open(key)
      await session.has('cart')
      calls.length = 0
      await session.close({ touch: true })
      return [calls.join(), session.cookie && keyOf(session)]
    }
    clock.advance(29_999)
    expect(await visit()).toEqual(['', null])
    clock.advance(1)
    expect(await visit()).toEqual(['save', key])
    expect(await visit()).toEqual(['', null])
    expect(await open(key).expiryAge()).toBe(300)
  })

  test('close touches nothing where the operator wants no touches', async () => {
    const { open, keep, calls, clock } = setUp()
    const session = open(await keep((session) => session.set('cart', oneHat)))
    clock.advance(100_000)
    await session.has('cart')
    await session.close({ touch: false })
    expect([calls, session.cookie]).toEqual([['load'], null])
  })

  test('close does not touch what the request has just written', async () => {
    const { open, keep, calls, clock } = setUp()
    const session = open(await keep((session) => session.set('cart', oneHat)))
    clock.advance(100_000)
    session.delete('cart')
    await session.close({ touch: true })
    expect(calls).toEqual(['load', 'save'])
  })

  test('close does not touch where the cookie goes out anyway, however long the answer took', async () => {
    const { open, keep, calls, clock } = setUp()
    const session = open(await keep((session) => session.set('cart', oneHat)))
    session.setExpiry(60)
    await session.commit()
    clock.advance(30_000)
    await session.close({ touch: true })
    expect(calls).toEqual(['load', 'save'])
  })

  test('close sends no cookie for a session that ended before its touch', async () => {
    const { open, keep, store, clock } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    clock.advance(100_000)
    const session = open(key)
    await session.has('cart')
    await store.delete(idOf(key))
    await session.close({ touch: true })
    expect(session.cookie).toBeNull()
    expect(await store.load(idOf(key))).toBeNull()
  })
})

describe('a transaction', () => {
  test('a transaction stores what it recorded before the caller sees its result', async () => {
    const { open } = setUp()
    const session = open()
    const result = await session.transaction(async () => {
      session.set('values', { a: 1 })
      return 'done'
    })
    expect(result).toBe('done')
    expect(session.modified).toBe(false)
    expect(await open(keyOf(session)).get('values')).toEqual({ a: 1 })
  })

  test.each(changes)('a transaction undoes %s on an unexpected error', async (_word, change) => {
    const { open, keep, store, calls } = setUp()
    const key = await keep((session) => session.set('cart', oneHat))
    const before = await store.load(idOf(key))
    const session = open(key)
    const fault = new Error('Nobody expected this.')
    const failed = session.transaction(async () => {
      change(session)
      throw fault
    })
    await expect(failed).rejects.toBe(fault)
    expect([session.modified, session.cookie]).toEqual([false, null])
    expect(await session.get('cart')).toEqual(oneHat)
    await session.close({ touch: true })
    expect(calls).toEqual(['load'])
    expect(await store.load(idOf(key))).toEqual(before)
  })

  test('a transaction that fails undoes only what it recorded itself', async () => {
    const session = setUp().open()
    session.set('values', { a: 1 })
    const failed = session.transaction(async () => {
      session.set('cart', oneHat)
      throw new Error('Nobody expected this.')
    })
    await expect(failed).rejects.toThrow('Nobody expected this.')
    expect(session.modified).toBe(true)
    expect(await session.keys()).toEqual(['values'])
  })

  test('a transaction keeps what it recorded beside a refusal', async () => {
    const { open } = setUp()
    const session = open()
    const refusal = new InvalidInput([{ path: ['quantity'], message: 'Too many.' }])
    const refused = session.transaction(async () => {
      session.set('values', { a: 1 })
      throw refusal
    })
    await expect(refused).rejects.toBe(refusal)
    expect(await open(keyOf(session)).get('values')).toEqual({ a: 1 })
  })

  test('a transaction rejects with what the commit refuses', async () => {
    const { open, calls } = setUp()
    const session = open()
    const refused = session.transaction(async () => {
      session.set('values', { a: 'x'.repeat(990) })
      return 'done'
    })
    await expect(refused).rejects.toThrow(SessionTooLarge)
    expect([session.modified, session.cookie, calls]).toEqual([false, null, []])
  })

  test('a transaction waits for the one before it', async () => {
    const { open, calls } = setUp()
    const session = open()
    const order: string[] = []
    const { promise: gate, resolve: letGo } = gateway()
    const first = session.transaction(async () => {
      order.push('first begins')
      await gate
      session.set('values', { a: 1 })
    })
    const second = session.transaction(async () => {
      order.push(`second begins after ${calls.join()}`)
      session.update('values', (values) => ({ ...values, b: 2 }))
    })
    letGo()
    await Promise.all([first, second])
    expect(order).toEqual(['first begins', 'second begins after create'])
    expect(await open(keyOf(session)).get('values')).toEqual({ a: 1, b: 2 })
  })

  test('a transaction runs after one that failed', async () => {
    const { open } = setUp()
    const session = open()
    const failed = session.transaction(async () => {
      session.set('cart', oneHat)
      throw new Error('Nobody expected this.')
    })
    const next = session.transaction(async () => session.set('values', { a: 1 }))
    await expect(failed).rejects.toThrow('Nobody expected this.')
    await next
    expect(await open(keyOf(session)).keys()).toEqual(['values'])
  })
})

describe('a commit', () => {
  test('commits that run beside each other store each change once, in one session', async () => {
    const { open, count } = setUp()
    const session = open()
    session.update('values', (values) => ({ n: Number(values?.['n'] ?? 0) + 1 }))
    await Promise.all([session.commit(), session.commit(), session.commit()])
    expect(await session.get('values')).toEqual({ n: 1 })
    expect(await count()).toBe(1)
  })

  test('a commit does not undo a flush that came while it stored', async () => {
    const { open, keep, count } = setUp()
    const session = open(await keep((first) => first.set('values', { a: 1 })))
    session.set('values', { a: 2 })
    const storing = session.commit()
    await session.keys()
    session.flush()
    await storing
    await session.commit()
    expect(session.cookie).toBe('clear')
    expect(await count()).toBe(0)
  })
})

test('keys, entries, has and get leave out a value that no longer fits its schema', async () => {
  const { open, keep, store } = setUp()
  const key = await keep((session) => session.set('values', { a: 1 }))
  const stored = await store.load(idOf(key))
  const data = { ...stored!.data, cart: 'of an older release', forgotten: 1 }
  await store.save(idOf(key), { ...stored!, data }, stored!.version)
  const session = open(key)
  expect(await session.keys()).toEqual(['values'])
  expect(await session.entries()).toEqual([['values', { a: 1 }]])
  expect([await session.has('cart'), await session.get('cart')]).toEqual([false, null])
})

/** A promise, and what settles it. */
function gateway() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

function fail(): never {
  throw new Error('out of order')
}
