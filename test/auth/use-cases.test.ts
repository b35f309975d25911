import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { AuthEvent } from '../../src/auth/audit/auth-event.ts'
import type { Caller } from '../../src/auth/logins/caller.ts'
import { createUseCases } from '../../src/auth/use-cases.ts'
import type { UseCases } from '../../src/auth/use-cases.ts'
import type { SessionKey } from '../../src/session/key.ts'
import { Session } from '../../src/session/session.ts'
import type { SessionStore } from '../../src/session/store.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { noThrottle } from '../no-throttle.ts'
import type { Identity } from '../../src/auth/logins/identity.ts'
import { createPasswordBackend } from '../../src/auth/logins/password-backend.ts'
import { createUsers } from '../../src/auth/users/users.ts'
import { patientDatabase } from '../dependency.ts'

const client = { ipAddress: '192.0.2.1', userAgent: 'Firefox' }
const host = { actorId: null, sessionId: null, client: null }

let server: TestServer
let useCases: UseCases
let calls: string[] = []

beforeAll(async () => {
  server = await startServer()
  useCases = build()
})
beforeEach(() => {
  calls = []
})
afterAll(() => server.stop())

/** The use cases over the server's database, as a program without GraphQL has them. What they do is noted in `calls`. */
function build(): UseCases {
  const { db, passwords, roster, log, settings, events, now } = server.app
  const database = patientDatabase()
  const users = createUsers({ db, passwords, database, rules: { emailIsName: false } })
  const told = async (event: AuthEvent) => {
    const row = event.sessionId && (await db.session.findUnique({ where: { id: event.sessionId } }))
    calls.push(`${event.type} ${row ? (row.endedAt ? 'ended' : 'stored') : 'nowhere'}`)
  }
  return createUseCases(
    {
      db,
      users,
      passwords,
      roster,
      log,
      events,
      now,
      throttle: noThrottle,
      store: settings.store,
      recordsAreRows: true,
      rowsAtOnce: 100,
      backends: [createPasswordBackend({ db, passwords, database })],
      audit: { record: told },
      listeners: [],
    },
    {
      staffAge: 1800,
      policy: { expireAtBrowserClose: false },
      rememberAge: 1000,
      registration: 'open',
      auditRetention: 0,
      admin: { username: 'admin' },
      limits: { timeout: 5 },
    },
  )
}

/** A request with this cookie. */
function call(key: SessionKey | null = null): Caller {
  const { settings, roster } = server.app
  const own = roster.attend(client)
  // A new session's record and its row are one commit, so it is the roster that creates.
  const attended: typeof own = {
    ...own,
    enroll: (...words) => (calls.push('create'), own.enroll(...words)),
  }
  const store: SessionStore = {
    ...settings.store,
    save: (...words) => (calls.push('save'), settings.store.save(...words)),
  }
  return { session: new Session({ ...settings, store }, attended, key), roster: attended, client }
}

/** The key that the visitor has when this request has been answered. */
function keyOf({ session }: Caller): SessionKey | null {
  return session.kept?.key ?? null
}

describe('a use case stores once, and tells what it did when that is stored', () => {
  test('register, logout and login store once each, and are in the audit once stored', async () => {
    const first = call()
    const user = await useCases.register(first, { username: 'ada', password })
    expect(user).toMatchObject({ username: 'ada', isActive: true })
    await first.session.close()
    expect(calls).toEqual(['REGISTERED nowhere', 'create', 'LOGIN stored'])

    calls = []
    await useCases.logins.logout(call(keyOf(first)))
    expect(calls).toEqual(['LOGOUT ended'])

    calls = []
    const second = call()
    await useCases.logins.login(second, { username: 'Ada', password })
    await second.session.close()
    expect(calls).toEqual(['create', 'LOGIN stored'])
  })

  test('a change of password stores, is in the audit once stored, and leaves its caller signed in', async () => {
    const { user, caller } = await signedIn('ben')
    const other = await comeBackAs(user.username)
    calls = []
    const input = { currentPassword: password, newPassword: `${password} 2` }
    expect(await useCases.changePassword(caller, input)).toMatchObject({ revokedCount: 1 })
    // The record under the new key, then the end of the one under the old.
    expect(calls).toEqual(['create', 'save', 'PASSWORD_CHANGED stored'])
    expect(await isSignedIn(keyOf(caller))).toBe(true)
    expect(await isSignedIn(keyOf(other))).toBe(false)
  })
})

describe('a program that has its users from elsewhere', () => {
  test('a program can sign in a user for whom it vouches, without a password', async () => {
    const user = await useCases.users.create({ username: 'carl', password: null })
    const caller = call()
    const identity = await useCases.logins.vouch(user, 'sso')
    await useCases.logins.loginAs(caller, identity, { rememberMe: true })
    expect(await isSignedIn(keyOf(caller))).toBe(true)
    expect(await caller.session.auth()).toMatchObject({ userId: user.id, backend: 'sso' })
  })

  test('an identity whose user got another password, or was deactivated, since it was made signs no visitor in', async () => {
    const { users, logins } = useCases
    const user = await users.create({ username: 'gus', password: null })
    const changed = await logins.vouch('gus', 'sso')
    await users.setPassword(user, password, host)
    const locked = await logins.vouch('gus', 'sso')
    await users.setActive(user, false, host)
    for (const identity of [changed, locked]) {
      const caller = call()
      const signingIn = logins.loginAs(caller, identity)
      await expect(signingIn).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' })
      expect(keyOf(caller)).toBeNull()
    }
  })

  test('a login refuses an identity that no application made, and one that another application made', async () => {
    const user = await useCases.users.create({ username: 'hal', password: null })
    const other = await build().logins.vouch(user, 'sso')
    for (const forged of [{ user, backend: 'sso' }, { ...other }, other, null]) {
      const caller = call()
      await expect(useCases.logins.loginAs(caller, forged as unknown as Identity)).rejects.toThrow(
        TypeError,
      )
      expect(keyOf(caller)).toBeNull()
    }
  })

  test('a program can list and end the sessions of its users, and no session comes back', async () => {
    const { user, caller } = await signedIn('dora')
    const [listed] = await useCases.sessions.list(
      { userId: user.id },
      { after: null, before: null, take: 5, direction: 'desc' },
    )
    expect(listed).toMatchObject({ user: { username: 'dora' }, endedAt: null })
    expect(await useCases.sessions.revokeAll({ username: 'DORA' }, host)).toEqual({
      matchedCount: 1,
      countedSince: null,
      revokedCount: 1,
      isComplete: true,
    })
    expect(await isSignedIn(keyOf(caller))).toBe(false)
  })

  test('a program can lock a user out by name, and a name that no user has is refused', async () => {
    const { caller } = await signedIn('ed')
    const locked = await useCases.users.setActive({ username: 'ed' }, false, host)
    expect(locked).toMatchObject({ user: { isActive: false }, revokedCount: 1 })
    expect(await isSignedIn(keyOf(caller))).toBe(false)
    await expect(useCases.users.setActive({ username: 'none' }, false, host)).rejects.toMatchObject(
      { code: 'NOT_FOUND' },
    )
  })
})

async function signedIn(username: string) {
  const caller = call()
  const user = await useCases.register(caller, { username, password })
  return { user, caller: call(keyOf(caller)) }
}

async function comeBackAs(username: string): Promise<Caller> {
  const caller = call()
  await useCases.logins.login(caller, { username, password })
  return caller
}

async function isSignedIn(key: SessionKey | null): Promise<boolean> {
  return (await call(key).session.auth()) !== null
}
