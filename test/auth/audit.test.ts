import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Logger } from 'pino'
import { createAudit } from '../../src/auth/audit/audit.ts'
import type { Audit } from '../../src/auth/audit/audit.ts'
import { authEventTypes } from '../../src/auth/audit/auth-event.ts'
import type { AuthEvent } from '../../src/auth/audit/auth-event.ts'
import { contextOf } from '../../src/auth/audit/listener.ts'
import { createNotifier } from '../../src/auth/audit/notifier.ts'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { createLog } from '../../src/commands/log.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import { patientDatabase } from '../dependency.ts'
import { createClock, password } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { usernameKey } from '../../src/auth/users/username.ts'

const users = { find: async () => null }
const client = { ipAddress: '192.0.2.1', userAgent: 'Firefox' }

/** A log, and what it has written. */
function createLogbook() {
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => void lines.push(JSON.parse(line))
  return { lines, log: createLog({ level: 'info' }, { write }) }
}

function failure(username: string): AuthEvent {
  const detail = { reason: 'WRONG_CREDENTIALS' } as const
  return { type: 'LOGIN_FAILED', actorId: null, sessionId: null, client, username, detail }
}

interface Medium {
  readonly url: string
  close(): Promise<void>
}

async function openSqlite(): Promise<Medium> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-audit-'))
  const url = `file:${join(folder, 'test.db')}`
  await databaseKind(url).migrate(url)
  return { url, close: async () => rmSync(folder, { recursive: true, force: true }) }
}

async function openPostgresql(): Promise<Medium> {
  const server = await startPostgresql()
  return { url: await server.database(), close: server.stop }
}

describe.each([
  ['SQLite', openSqlite, false],
  ['PostgreSQL', openPostgresql, postgresqlProgram === null],
] as const)('on %s', (_name, open, isMissing) => {
  describe.skipIf(isMissing)('the trail', () => {
    const clock = createClock()
    let medium: Medium
    let db: Database
    beforeAll(async () => {
      medium = await open()
      db = await databaseKind(medium.url).open(medium.url, {})
    })
    beforeEach(async () => {
      await db.auditEvent.deleteMany()
      await db.user.deleteMany()
    })
    afterAll(async () => {
      await db?.$disconnect()
      await medium?.close()
    })

    const begin = (options: { db?: Database } = {}) => {
      const { lines, log } = createLogbook()
      const audit = createAudit(options.db ?? db, {
        now: clock.now,
        database: patientDatabase(),
        log,
      })
      return { audit, lines, log }
    }
    const makeUser = (username: string) =>
      db.user.create({
        data: { username, usernameKey: usernameKey(username), passwordHash: 'none' },
      })

    test('an event is stored and logged with the same words', { tags: ['D24'] }, async () => {
      const { audit, lines } = begin()
      const [ada, chief] = [await makeUser('Ada'), await makeUser('chief')]
      const sessionId = idOf(createKey())
      const about = { actorId: chief.id, subjectId: ada.id, sessionId }

      await audit.record({ type: 'SESSION_REVOKED', ...about, client })
      clock.advance(1)
      await audit.record({ type: 'SESSIONS_REVOKED', ...about, client, detail: { count: 3 } })

      const columns = { ...about, ...client }
      const rows = await db.auditEvent.findMany({ orderBy: { at: 'asc' } })
      expect(rows).toEqual([
        {
          ...columns,
          id: expect.any(String),
          at: new Date(clock.now() - 1),
          type: 'SESSION_REVOKED',
          detail: null,
        },
        {
          ...columns,
          id: expect.any(String),
          at: new Date(clock.now()),
          type: 'SESSIONS_REVOKED',
          detail: '{"count":3}',
        },
      ])
      expect(lines).toMatchObject([
        { level: 30, msg: 'auth event', event: 'SESSION_REVOKED', ...columns, detail: null },
        { level: 30, event: 'SESSIONS_REVOKED', ...columns, detail: { count: 3 } },
      ])
    })

    test('an event that names a user who was deleted meanwhile is stored without them and their name', async () => {
      const { audit } = begin()
      const ada = await makeUser('Ada')
      const erased = { ...db.statements, first: async () => ({ id: 'erased', username: 'Ben' }) }
      const stale = { statements: erased, user: db.user } as unknown as Database
      const late = begin({ db: stale })
      await late.audit.record(failure('Ben'))
      const about = { sessionId: null, client, detail: { count: 1 } }
      await audit.record({
        type: 'SESSIONS_REVOKED',
        actorId: 'erased',
        subjectId: ada.id,
        ...about,
      })
      const rows = await db.auditEvent.findMany({ orderBy: { type: 'asc' } })
      const ofNoUser = { actorId: null, subjectId: null }
      expect(rows).toMatchObject([
        { ...ofNoUser, type: 'LOGIN_FAILED', detail: '{"reason":"WRONG_CREDENTIALS"}' },
        { type: 'SESSIONS_REVOKED', actorId: null, subjectId: ada.id, detail: '{"count":1}' },
      ])
    })

    test('an event from the shell has no client, and a user agent is cut at 512 characters', async () => {
      const { audit } = begin()
      const about = { type: 'LOGOUT', actorId: null, subjectId: null, sessionId: null } as const
      await audit.record({ ...about, client: null })
      await audit.record({ ...about, client: { ipAddress: null, userAgent: 'x'.repeat(2000) } })
      const agents = (await db.auditEvent.findMany()).map(({ userAgent }) => userAgent?.length)
      expect(agents.sort()).toEqual([512, undefined])
    })

    test(
      'the event of a failed login keeps the name of a user, and nothing of a text that is no name',
      { tags: ['D24'] },
      async () => {
        const { audit, lines } = begin()
        const { id } = await makeUser('Ada')
        await audit.record(failure('ADA'))
        for (const typed of [password, '', 'a\0b', '\ud800', 'x'.repeat(100_000)]) {
          await audit.record(failure(typed))
        }
        const rows = await db.auditEvent.findMany({ where: { subjectId: { not: null } } })
        expect(rows).toMatchObject([
          { subjectId: id, detail: '{"reason":"WRONG_CREDENTIALS","username":"Ada"}' },
        ])
        const others = await db.auditEvent.findMany({ where: { subjectId: null } })
        expect(others.map(({ detail }) => detail)).toEqual(
          Array.from({ length: 5 }, () => '{"reason":"WRONG_CREDENTIALS"}'),
        )
        expect(lines).toHaveLength(6)
        expect(JSON.stringify([lines, others])).not.toMatch(/correct horse|a\\u0000b|xxx/)
      },
    )

    test('a network that is throttled gets one row a minute, and a line in the log each time', async () => {
      const { audit, lines } = begin()
      const throttled = (ipAddress: string | null) =>
        audit.record({
          type: 'LOGIN_THROTTLED',
          actorId: null,
          sessionId: null,
          client: { ...client, ipAddress },
          username: 'ada',
        })
      await makeUser('ada')
      for (let at = 0; at < 60; at++) {
        await throttled('192.0.2.1')
        await throttled(`2001:db8::${at}`)
        await throttled(null)
        clock.advance(1000)
      }
      expect(await db.auditEvent.count()).toBe(3)
      expect(lines).toHaveLength(180)
      await throttled('192.0.2.1')
      expect(await db.auditEvent.count()).toBe(4)
    })

    test('of two logins at once by a device that is new to their user, the first in the audit is news', async () => {
      const { audit } = begin()
      const [ada, ben] = [await makeUser('ada'), await makeUser('ben')]
      const login = async (subjectId: string, userAgent: string | null) => {
        const by = { actorId: subjectId, subjectId, sessionId: idOf(createKey()) }
        const where = { ipAddress: null, userAgent }
        const detail = { backend: 'password' }
        const event: AuthEvent = { type: 'LOGIN', ...by, client: where, detail }
        await audit.record(event)
        return contextOf(event, new Date(clock.now()), { db, users })
      }
      const first = await login(ada.id, null)
      await login(ben.id, 'tablet')
      const [one, two] = [await login(ada.id, 'tablet'), await login(ada.id, 'tablet')]
      const again = await login(ada.id, null)
      const all = [first, one, two, again]
      expect(await Promise.all(all.map((context) => context.isNewDevice()))).toEqual([
        false,
        true,
        false,
        false,
      ])
    })

    test(
      'an event that cannot be stored rejects, and is in the log all the same',
      { tags: ['D24'] },
      async () => {
        const { audit, log } = begin()
        await makeUser('ada')
        const away = withStatements(() => Promise.reject(new Error('The database is away.')))
        const first = begin({ db: away })
        const unknown = { actorId: 'nobody', subjectId: 'nobody', sessionId: null, client }
        await expect(first.audit.record({ type: 'LOGOUT', ...unknown })).rejects.toThrow()
        expect(first.lines).toMatchObject([{ event: 'LOGOUT', ...client }])

        const lost = begin({ db: away })
        const tell = (to: { audit: Audit; log: Logger }, event: AuthEvent) =>
          createNotifier({ ...to, db, users, listeners: [], now: clock.now }).notify(event)
        await tell(lost, failure(password))
        expect(lost.lines).toMatchObject([
          { level: 30, event: 'LOGIN_FAILED', detail: { reason: 'WRONG_CREDENTIALS' }, ...client },
          { level: 50, event: 'LOGIN_FAILED', msg: 'an event was not stored' },
        ])
        expect(JSON.stringify(lost.lines)).not.toContain(password)
        await tell({ audit, log }, failure('ada'))
        expect(await db.auditEvent.count()).toBe(1)
      },
    )

    test('a database that hangs holds up the caller of audit.record for no longer than the timeout', async () => {
      const hanging = withStatements(() => new Promise(() => {}))
      const { log } = createLogbook()
      const options = { now: clock.now, database: patientDatabase(50), log }
      const audit = createAudit(hanging, options)
      await expect(audit.record(failure('ada'))).rejects.toThrow('not available')
    })
  })
})

test('an event has what its type needs, and no session key', () => {
  const complete: (typeof authEventTypes)[number] extends AuthEvent['type']
    ? AuthEvent['type'] extends (typeof authEventTypes)[number]
      ? true
      : never
    : never = true
  expect(complete).toBe(true)
  const about = { actorId: null, subjectId: null, client }
  const key = createKey()
  // @ts-expect-error a key is no id
  const withKey: AuthEvent = { type: 'LOGOUT', ...about, sessionId: key }
  // @ts-expect-error a login names its backend
  const withoutBackend: AuthEvent = { type: 'LOGIN', ...about, sessionId: null }
  expect([withKey, withoutBackend]).toHaveLength(2)
})

/** A database whose every statement is `answer`. */
function withStatements(answer: () => Promise<never>): Database {
  return { statements: { first: answer, write: answer } } as unknown as Database
}
