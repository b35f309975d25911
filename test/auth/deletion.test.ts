import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ActedBy } from '../../src/auth/audit/auth-event.ts'
import { NotFound, SessionStoreUnavailable } from '../../src/refusals.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import type { SessionId } from '../../src/session/key.ts'
import type { StoredRecord, Version } from '../../src/session/store.ts'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { createStore } from '../session/memory-store.ts'

const shell: ActedBy = {
  actorId: null,
  sessionId: null,
  client: null,
  shell: { user: 'root', host: 'here' },
}
const look = '{ me { username } session { id endReason } }'
const writing = 'mutation { setSessionValue(key: "note", value: "mine") { __typename } }'

/** A server with a folder for session files, where the engine wants one. */
async function start(engine: string): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-deletion-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return startServer({ SESSION_ENGINE: engine, SESSION_FILE_PATH: join(folder, 'sessions') })
}

describe.each(['database', 'file', 'signed-cookies'])('on the engine %s', (engine) => {
  test(
    'a user who is deleted is signed out everywhere, cannot sign in, and leaves no name, address or session behind',
    { tags: ['G13'] },
    async () => {
      const server = await start(engine)
      const { db, users } = server.app
      const ada = await server.signedIn('ada')
      const ben = await server.signedIn('ben', { isStaff: true })
      await ada.data(writing)
      await server.visitor().send(loginDocument, { username: 'ada', password: 'not this one' })
      const second = server.visitor()
      await second.data(loginDocument, { username: 'ada', password })
      const { me } = await ada.data('{ me { id } }')
      await ben.data(`mutation { setUserActive(id: "${me.id}", active: false) { __typename } }`)
      await ben.data(`mutation { setUserActive(id: "${me.id}", active: true) { __typename } }`)
      const third = server.visitor()
      await third.data(loginDocument, { username: 'ada', password })

      expect(await users.delete({ username: 'ADA' }, shell)).toMatchObject({
        user: { id: me.id, username: 'ada' },
        revokedCount: 1,
      })

      for (const one of [ada, second, third]) expect((await one.data(look)).me).toBeNull()
      const again = await server.visitor().data(loginDocument, { username: 'ada', password })
      expect(again.login.code).toBe('INVALID_CREDENTIALS')
      expect(await db.user.count()).toBe(1)
      expect(await db.session.count({ where: { userId: me.id } })).toBe(0)

      const events = await db.auditEvent.findMany({ orderBy: { id: 'asc' } })
      expect(events.at(-2)).toMatchObject({
        type: 'USER_DELETED',
        subjectId: null,
        detail: JSON.stringify({ userId: me.id, shell: { user: 'root', host: 'here' } }),
      })
      const others = events.filter(({ type }) => type !== 'USER_DELETED')
      expect(JSON.stringify(others)).not.toMatch(new RegExp(`${me.id}|"ada`))
      // What is kept of her says what happened and when, and of staff who did it, who and from where.
      const user = await users.find({ username: 'ben' })
      const byBen = others.filter(
        ({ actorId, type }) => actorId === user?.id && /ACTIVATED/.test(type),
      )
      expect(byBen.map(({ type, ipAddress }) => [type, ipAddress])).toEqual([
        ['USER_DEACTIVATED', '127.0.0.1'],
        ['USER_ACTIVATED', '127.0.0.1'],
      ])
      const hers = others.filter(({ actorId, subjectId }) => actorId === null && subjectId === null)
      expect(hers.filter(({ type }) => type === 'LOGIN').length).toBe(3)
      expect(hers.slice(0, -1).every(({ ipAddress }) => ipAddress === null)).toBe(true)
      await expect(users.delete({ username: 'ada' }, shell)).rejects.toThrow(NotFound)
      await server.stop()
    },
  )
})

test('a deletion that the store breaks off leaves a user who may not sign in, and a second call removes every record', async () => {
  const records = createStore()
  let isDown = false
  const engine = () => ({
    ...records,
    delete: async (id: SessionId, version?: Version) => {
      if (isDown) throw new Error('The store is away.')
      return records.delete(id, version)
    },
  })
  const server = await startServer({}, { engine })
  const { users, db } = server.app
  const ada = await server.signedIn('ada')
  await ada.data(writing)
  const { id } = (await ada.data('{ session { id } }')).session
  isDown = true
  await expect(users.delete({ username: 'ada' }, shell)).rejects.toThrow(SessionStoreUnavailable)
  expect((await ada.data(look)).me).toBeNull()
  const again = await server.visitor().data(loginDocument, { username: 'ada', password })
  expect(again.login.code).toBe('INVALID_CREDENTIALS')
  expect(await records.load(id)).not.toBeNull()

  isDown = false
  await expect
    .poll(() => users.delete({ username: 'ada' }, shell).catch(() => null), { timeout: 20_000 })
    .not.toBeNull()
  expect(await records.load(id)).toBeNull()
  expect([await db.user.count(), await db.session.count()]).toEqual([0, 0])
  await server.stop()
})

/** A server whose store calls `meanwhile` at each removal of a record. */
async function startWith(meanwhile: (server: TestServer) => Promise<unknown>) {
  const records = createStore()
  let server: TestServer | null = null
  const engine = () => ({
    ...records,
    delete: async (id: SessionId, version?: Version) => {
      if (server) await meanwhile(server)
      return records.delete(id, version)
    },
  })
  server = await startServer({}, { engine })
  return { server, records }
}

test('a session that a change of key gives back while its user is deleted is removed with its record', async () => {
  const late = idOf(createKey())
  let given: StoredRecord | null = null
  let calls = 0
  const { server, records } = await startWith(async ({ app }) => {
    // The first ends the session as the user is deactivated; the second removes what is left.
    if (++calls !== 2 || given === null) return
    const row = await app.db.session.findFirstOrThrow({ where: { userId: { not: null } } })
    await records.create(late, given)
    await app.db.session.create({ data: { ...row, id: late } })
  })
  const ada = await server.signedIn('ada')
  await ada.data(writing)
  given = await records.load((await ada.data('{ session { id } }')).session.id)
  const removals: number[] = []
  await server.app.users.delete({ username: 'ada' }, shell, (count) => removals.push(count))
  expect(await records.load(late)).toBeNull()
  expect(removals).toEqual([1, 2])
  expect(await server.app.db.session.count()).toBe(0)
  await server.stop()
})

test('the deletion of a user whose session the database keeps back says so, and a second call finishes', async () => {
  const server = await startServer()
  const { users, db } = server.app
  await server.signedIn('ada')
  await db.$executeRawUnsafe(
    `CREATE TRIGGER keep BEFORE DELETE ON "Session" BEGIN SELECT RAISE(IGNORE); END`,
  )
  await expect(users.delete({ username: 'ada' }, shell)).rejects.toThrow(
    'The database keeps sessions of the user that it was told to remove.',
  )
  expect([await db.user.count(), await db.session.count()]).toEqual([1, 1])
  await db.$executeRawUnsafe('DROP TRIGGER keep')
  await users.delete({ username: 'ada' }, shell)
  expect([await db.user.count(), await db.session.count()]).toEqual([0, 0])
  await server.stop()
})

test('staff cannot delete themselves', async () => {
  const server = await startServer()
  const { users } = server.app
  await server.signedIn('ada', { isStaff: true })
  const user = await users.find({ username: 'ada' })
  const self = { actorId: user?.id ?? '', sessionId: null, client: null }
  await expect(users.delete({ username: 'ada' }, self)).rejects.toThrow('Not yourself.')
  await server.stop()
})

test(
  'an export has all that is stored of a user, and neither a secret nor what belongs to another',
  { tags: ['G14'] },
  async () => {
    const server = await startServer()
    const { db, users } = server.app
    const ada = await server.signedIn('ada')
    await ada.data(writing)
    const ben = await server.signedIn('ben', { isStaff: true })
    const { id } = (await ada.data('{ me { id } }')).me
    await users.setStaff({ id }, false, { ...shell })
    await ben.data(`mutation { setUserActive(id: "${id}", active: false) { __typename } }`)
    await users.setActive({ id }, true, shell)
    await server.visitor().data(loginDocument, { username: 'ada', password })
    await ben.data(
      `mutation { revokeSessions(filter: { username: "ada", userAgentContains: "Lynx" }) { __typename } }`,
    )

    const data = await users.exportOf({ username: 'ada' })
    expect(data.user).toMatchObject({ id, username: 'ada', hasPassword: true, isActive: true })
    expect(data.user).not.toHaveProperty('epoch')
    expect(data.sessions).toEqual([
      expect.objectContaining({ endReason: null, ipAddress: '127.0.0.1', backend: 'password' }),
      expect.objectContaining({ endReason: 'USER_DEACTIVATED', data: null }),
    ])
    expect(data.events).toHaveLength(
      await db.auditEvent.count({ where: { OR: [{ actorId: id }, { subjectId: id }] } }),
    )
    expect(data.events).toContainEqual(
      expect.objectContaining({
        type: 'USER_DEACTIVATED',
        by: 'another user',
        to: 'this user',
        ipAddress: null,
        userAgent: null,
      }),
    )
    const row = await db.user.findUniqueOrThrow({ where: { id } })
    const text = JSON.stringify(data)
    const other = (await ben.data('{ me { id } session { id } }')) as Record<string, { id: string }>
    const ofBen = ['"ben"', 'Lynx', other['me']!.id, other['session']!.id, ben.cookie ?? '']
    for (const foreign of [row.passwordHash, ada.cookie ?? '', '"root"', ...ofBen])
      expect(text).not.toContain(foreign)
    // What staff have asked for names those whose sessions they ended.
    await users.setStaff({ id }, true, shell)
    const chief = server.visitor()
    await chief.data(loginDocument, { username: 'ada', password })
    await chief.data(
      'mutation { revokeSessions(filter: { ipAddress: "203.0.113.9" }) { __typename } }',
    )
    await chief.data('mutation { revokeSessions(filter: { username: "ben" }) { __typename } }')
    const ofStaff = JSON.stringify(await users.exportOf({ id }))
    for (const foreign of ['"ben"', '203.0.113.9', other['me']!.id, other['session']!.id])
      expect(ofStaff).not.toContain(foreign)
    await server.stop()
  },
)
