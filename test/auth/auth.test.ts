import { describe, expect, test } from 'vitest'
import { authenticate, bind } from '../../src/auth/logins/logins.ts'
import type {
  AuthenticationBackend,
  Credentials,
  LoginOrigin,
} from '../../src/auth/logins/backend.ts'
import { createIdentities } from '../../src/auth/logins/identity.ts'
import type { Identity } from '../../src/auth/logins/identity.ts'
import type { LoginFailure } from '../../src/auth/audit/auth-event.ts'
import type { User } from '../../src/auth/users/user.ts'
import { cartDefinition } from '../../src/features/cart/names.ts'
import { preferencesDefinition } from '../../src/features/preferences/names.ts'
import { valuesDefinition } from '../../src/features/values/names.ts'
import { idOf } from '../../src/session/key.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { createWriterQueue } from '../../src/session/queue.ts'
import type { SessionRoster } from '../../src/session/roster.ts'
import { Session } from '../../src/session/session.ts'
import { createClock, password } from '../harness.ts'
import { noThrottle } from '../no-throttle.ts'
import { createStore } from '../session/memory-store.ts'
import { InvalidCredentials } from '../../src/refusals.ts'
import { noRoster } from '../session/no-roster.ts'

const user = (id: string, part: Partial<User> = {}): User => ({
  id,
  username: id,
  email: null,
  isActive: true,
  isStaff: false,
  epoch: 0,
  dateJoined: new Date(0),
  lastLogin: null,
  ...part,
})
const credentials: Credentials = { username: 'ada', password }

/** A backend that always gives this answer, and writes down what it is asked. */
function answering(
  name: string,
  answer: Awaited<ReturnType<AuthenticationBackend['authenticate']>>,
  asked: unknown[] = [],
): AuthenticationBackend {
  return {
    name,
    authenticate: async (given) => {
      asked.push([name, given])
      return answer
    },
  }
}

const identities = createIdentities()
const nowhere: LoginOrigin = { address: null, request: null }

/** Asks the backends, as often as a test likes. */
const askAll = (backends: AuthenticationBackend[], given = credentials, from = nowhere) =>
  authenticate({ backends, throttle: noThrottle, identities }, given, from)

const identityOf = (who: User, backend = 'password') => askAll([answering(backend, who)])

describe('vouch', () => {
  test('vouch makes an identity of an active user, under the name of the backend', () => {
    const identity = identities.vouch(user('ada'), 'sso')
    expect(identity).toEqual({ user: user('ada'), backend: 'sso' })
    identities.assertOurs(identity)
  })

  test('vouch refuses a user who is not active', () => {
    const inactive = user('ada', { isActive: false })
    expect(() => identities.vouch(inactive, 'sso')).toThrow(InvalidCredentials)
  })

  test.each(['', 'a name', 'x'.repeat(65), 'a\0b', undefined])(
    'vouch refuses the backend %j, which no session could keep',
    (name) => {
      expect(() => identities.vouch(user('ada'), name as string)).toThrow(TypeError)
    },
  )

  test('an identity cannot be forged, copied, changed, or taken from another application', () => {
    const identity = identities.vouch(user('ada'), 'sso')
    const others = createIdentities().vouch(user('ada'), 'sso')
    for (const forged of [{ user: user('ada'), backend: 'sso' }, { ...identity }, others, null])
      expect(() => identities.assertOurs(forged as Identity)).toThrow(TypeError)
    expect(() => Object.assign(identity, { user: user('bob') })).toThrow(TypeError)
    expect(() => Object.assign(identity.user, { id: 'bob' })).toThrow(TypeError)
  })
})

describe('authenticate', () => {
  test('authenticate asks each backend in turn, and names the one that found the user', async () => {
    const asked: unknown[] = []
    const identity = await askAll([
      answering('ldap', null, asked),
      answering('password', user('ada'), asked),
    ])
    expect(identity).toEqual({ user: user('ada'), backend: 'password' })
    expect(asked).toEqual([
      ['ldap', credentials],
      ['password', credentials],
    ])
  })

  test('authenticate takes the first user found, and asks no further backend', async () => {
    const asked: unknown[] = []
    const backends = [
      answering('first', user('ada'), asked),
      answering('second', user('bob'), asked),
    ]
    expect(await askAll(backends)).toMatchObject({
      user: { id: 'ada' },
      backend: 'first',
    })
    expect(asked).toEqual([['first', credentials]])
  })

  test('a veto of a backend ends the search for a user', async () => {
    const asked: unknown[] = []
    const backends = [
      answering('nobody', null, asked),
      answering('guard', 'veto', asked),
      answering('password', user('ada'), asked),
    ]
    await expect(askAll(backends)).rejects.toThrow(InvalidCredentials)
    expect(asked).toEqual([
      ['nobody', credentials],
      ['guard', credentials],
    ])
  })

  test('a veto of a backend that stands after the one that found the user changes nothing', async () => {
    const backends = [answering('password', user('ada')), answering('guard', 'veto')]
    expect((await askAll(backends)).user.id).toBe('ada')
  })

  test('authenticate refuses an inactive user, whichever backend found them', async () => {
    const inactive = answering('careless', user('ada', { isActive: false }))
    await expect(askAll([inactive])).rejects.toThrow(InvalidCredentials)
    const backends = [inactive, answering('password', user('bob'))]
    expect((await askAll(backends)).user.id).toBe('bob')
  })

  const inactive = user('ada', { isActive: false })
  const byStaff = answering('staff', user('chief', { isStaff: true }))
  test.each<[string, LoginFailure[], AuthenticationBackend[]]>([
    ['there is no backend', [], []],
    ['no backend finds a user', [], [answering('password', null), answering('ldap', null)]],
    ['the user is inactive', ['INACTIVE'], [answering('password', inactive)]],
    ['a backend vetoes', ['VETOED'], [answering('password', 'veto'), byStaff]],
    ['the user is not staff', ['NOT_STAFF'], [answering('password', user('ada'))]],
    [
      'a backend finds an inactive user, and the next one a user who is not staff',
      ['INACTIVE', 'NOT_STAFF'],
      [answering('password', inactive), answering('ldap', user('ben'))],
    ],
  ])(
    'a login for staff alone is refused with the same words, and its reason is told apart, where %s',
    async (_where, reasons, backends) => {
      const heard: LoginFailure[] = []
      const refusal = await authenticate(
        { backends, throttle: noThrottle, identities },
        credentials,
        nowhere,
        { staffOnly: true },
        (why) => heard.push(why),
      ).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(InvalidCredentials)
      expect({ ...(refusal as Error) }).toEqual({
        code: 'INVALID_CREDENTIALS',
        name: 'InvalidCredentials',
      })
      expect(refusal).toMatchObject({ message: 'The username or the password is wrong.' })
      expect(heard).toEqual(reasons)
    },
  )

  test('a login for staff alone passes over a user who is not staff, and asks the next backend as after a wrong password', async () => {
    const asked: unknown[] = []
    const backends = [answering('ldap', user('ada'), asked), answering('password', null, asked)]
    const options = { backends, throttle: noThrottle, identities }
    const refused = authenticate(options, credentials, nowhere, { staffOnly: true })
    await expect(refused).rejects.toThrow(InvalidCredentials)
    expect(asked).toEqual([
      ['ldap', credentials],
      ['password', credentials],
    ])
    const both = { ...options, backends: [answering('ldap', user('ada')), byStaff] }
    const found = await authenticate(both, credentials, nowhere, { staffOnly: true })
    expect(found.user.id).toBe('chief')
  })

  test('authenticate hands each backend the request and the address that the credentials come with', async () => {
    const asked: unknown[] = []
    const backend: AuthenticationBackend = {
      name: 'tenant',
      authenticate: async (_credentials, from) => {
        asked.push(from)
        return null
      },
    }
    const from = { address: '192.0.2.1', request: { headers: { 'x-tenant': 'shop' } } }
    await askAll([backend], credentials, from).catch(() => null)
    expect(asked).toEqual([from])
  })

  test.each([null, {}, { username: 'ada' }, { username: 'ada', password: { $ne: 1 } }])(
    'authenticate refuses %j, which no backend is asked about',
    async (given) => {
      const asked: unknown[] = []
      const asking = askAll([answering('password', user('ada'), asked)], given as Credentials)
      await expect(asking).rejects.toThrow(InvalidCredentials)
      expect(asked).toEqual([])
    },
  )

  test('a backend that fails is a fault, not a refusal, and authenticate does not go on to the next', async () => {
    const fault = new Error('The directory is away.')
    const broken = { name: 'ldap', authenticate: () => Promise.reject(fault) }
    const backends = [broken, answering('password', user('ada'))]
    await expect(askAll(backends)).rejects.toBe(fault)
  })
})

/** A server's sessions in memory, and what its store and its roster are asked. */
function setUp() {
  const clock = createClock()
  const log: string[] = []
  const store = createStore()
  const settings = {
    store: {
      ...store,
      load: (id: Parameters<typeof store.load>[0]) => (log.push('load'), store.load(id)),
    },
    policy: { age: 300, absoluteAge: 3600, expireAtBrowserClose: false },
    definitions: {
      cart: cartDefinition,
      preferences: preferencesDefinition,
      values: valuesDefinition,
    },
    maxBytes: 65_536,
    queue: createWriterQueue(),
    now: clock.now,
  }
  const roster: SessionRoster = {
    ...noRoster,
    open: (id, store) => store.load(id),
    async enroll(store, enrolment) {
      const { record, previous } = enrolment
      log.push(`enroll ${record.auth?.userId} after ${previous?.auth?.userId ?? 'nobody'}`)
      return noRoster.enroll(store, enrolment)
    },
    leave: async () => log.push('leave') > 0,
  }
  const open = (key: SessionKey | null = null) => new Session(settings, roster, key)
  /** The key of a session with values, of the user `who` or of a guest. */
  const keep = async (who: User | null, values: Record<string, number>) => {
    const session = open()
    if (who) await bind(session, await identityOf(who), null)
    session.set('values', values)
    await session.commit()
    log.length = 0
    return keyOf(session)
  }
  const count = async () => {
    let total = 0
    for await (const _record of store.list!()) total++
    return total
  }
  return { clock, log, open, keep, count }
}

/** The key that the visitor's cookie is set to. */
function keyOf({ cookie }: Session): SessionKey {
  if (cookie === null || cookie === 'clear') throw new Error('The cookie is not set.')
  return cookie.key
}

describe('login', () => {
  test('login stores the user, their epoch and the backend that vouched for them', async () => {
    const { open } = setUp()
    const session = open()
    await bind(session, await identityOf(user('ada', { epoch: 7 }), 'ldap'), null)
    await session.commit()
    expect(await open(keyOf(session)).auth()).toEqual({ userId: 'ada', epoch: 7, backend: 'ldap' })
  })

  test('login takes nothing less than an identity from authenticate', async () => {
    const session = setUp().open()
    // @ts-expect-error: no backend has checked this identity
    await bind(session, { user: user('ada'), backend: 'password' }, null)
    expect(session.modified).toBe(true)
  })

  test('the commit stores a login, and not before', async () => {
    const { open, count } = setUp()
    const session = open()
    await bind(session, await identityOf(user('ada')), null)
    expect([await count(), session.cookie]).toEqual([0, null])
    expect(await session.auth()).toMatchObject({ userId: 'ada' })
    await session.commit()
    expect(await count()).toBe(1)
  })

  test.each<[string, User | null]>([
    ['of a guest', null],
    ['of the same user again', user('ada')],
  ])(
    'a login %s keeps the values, under a new key, and the old key opens nothing',
    async (_who, before) => {
      const { open, keep, count } = setUp()
      const key = await keep(before, { a: 1 })
      const session = open(key)
      await bind(session, await identityOf(user('ada')), null)
      await session.commit()
      expect(keyOf(session)).not.toBe(key)
      const next = open(keyOf(session))
      expect([await next.auth(), await next.get('values')]).toEqual([
        { userId: 'ada', epoch: 0, backend: 'password' },
        { a: 1 },
      ])
      expect(await open(key).isEmpty()).toBe(true)
      expect(await count()).toBe(1)
    },
  )

  test('a login of a different user starts empty, under a new key, and ends the old session', async () => {
    const { open, keep, count, log } = setUp()
    const key = await keep(user('ada'), { private: 1 })
    const session = open(key)
    await bind(session, await identityOf(user('bob')), null)
    expect(await session.keys()).toEqual([])
    await session.commit()
    expect(keyOf(session)).not.toBe(key)
    const next = open(keyOf(session))
    expect([(await next.auth())?.userId, await next.keys()]).toEqual(['bob', []])
    expect(await open(key).isEmpty()).toBe(true)
    expect(await count()).toBe(1)
    expect(log).toEqual(['load', 'enroll bob after nobody', 'leave', 'load', 'load'])
  })

  test('a login of a different user takes along nothing that the request recorded for the one before', async () => {
    const { open, keep } = setUp()
    const session = open(await keep(user('ada'), { private: 1 }))
    session.set('cart', { items: [] })
    await bind(session, await identityOf(user('bob')), null)
    await session.commit()
    expect(await open(keyOf(session)).keys()).toEqual([])
  })

  test('logins of two users in one request leave the second, with an empty session', async () => {
    const { open, keep, count } = setUp()
    const session = open(await keep(null, { a: 1 }))
    await bind(session, await identityOf(user('ada')), null)
    await bind(session, await identityOf(user('bob')), null)
    await session.commit()
    const next = open(keyOf(session))
    expect([(await next.auth())?.userId, await next.keys()]).toEqual(['bob', []])
    expect(await count()).toBe(1)
  })

  test('a login names to the roster the session whose place the new key takes', async () => {
    const { open, keep, log } = setUp()
    const session = open(await keep(user('ada'), { a: 1 }))
    await bind(session, await identityOf(user('ada')), null)
    await session.commit()
    expect(log).toEqual(['load', 'enroll ada after ada'])
  })

  test.each([null, 1_209_600, 'browser'] as const)(
    'a login sets the expiry to %j, whatever the guest had asked for',
    async (expiry) => {
      const { open } = setUp()
      const session = open()
      session.setExpiry(60)
      await session.commit()
      await bind(session, await identityOf(user('ada')), expiry)
      await session.commit()
      expect(await session.record()).toMatchObject({ expiry })
    },
  )

  test('a login starts the absolute clock again', async () => {
    const { open, keep, clock } = setUp()
    const key = await keep(null, { a: 1 })
    clock.advance(200_000)
    const session = open(key)
    await bind(session, await identityOf(user('ada')), null)
    await session.commit()
    expect(await session.record()).toMatchObject({ absoluteExpiresAt: clock.now() + 3_600_000 })
  })
})

describe('logout', () => {
  test('logout ends the session, empties it and clears the cookie', async () => {
    const { open, keep, count } = setUp()
    const key = await keep(user('ada'), { a: 1 })
    const session = open(key)
    session.flush()
    expect([await session.auth(), await session.isEmpty()]).toEqual([null, true])
    await session.commit()
    expect([session.cookie, await count()]).toEqual(['clear', 0])
    expect(await open(key).auth()).toBeNull()
  })

  test('logout ends only this session: the same user stays signed in elsewhere', async () => {
    const { open, keep } = setUp()
    const [here, elsewhere] = [await keep(user('ada'), { a: 1 }), await keep(user('ada'), { b: 2 })]
    const session = open(here)
    session.flush()
    await session.commit()
    const other = open(elsewhere)
    expect([(await other.auth())?.userId, await other.get('values')]).toEqual(['ada', { b: 2 }])
    expect(idOf(here)).not.toBe(idOf(elsewhere))
  })

  test('logout of an anonymous visitor asks, creates and sends nothing', async () => {
    const { open, count, log } = setUp()
    const session = open()
    session.flush()
    await session.commit()
    expect([session.cookie, await count(), log]).toEqual([null, 0, []])
  })

  test('logout ends what a guest has kept, too', async () => {
    const { open, keep, count } = setUp()
    const session = open(await keep(null, { a: 1 }))
    session.flush()
    await session.commit()
    expect([session.cookie, await count()]).toEqual(['clear', 0])
  })

  test('a login after logout in the same request starts empty, under a new key', async () => {
    const { open, keep } = setUp()
    const key = await keep(user('ada'), { a: 1 })
    const session = open(key)
    session.flush()
    await bind(session, await identityOf(user('ada')), null)
    await session.commit()
    expect(keyOf(session)).not.toBe(key)
    const next = open(keyOf(session))
    expect([(await next.auth())?.userId, await next.keys()]).toEqual(['ada', []])
  })

  test('logout after a login in the same request leaves the visitor signed out', async () => {
    const { open, keep, count } = setUp()
    const session = open(await keep(null, { a: 1 }))
    await bind(session, await identityOf(user('ada')), null)
    session.flush()
    await session.commit()
    expect([session.cookie, await count()]).toEqual(['clear', 0])
  })
})
