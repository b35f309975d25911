import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAudit } from '../../src/auth/audit/audit.ts'
import type { AuthEvent, LoginFailure } from '../../src/auth/audit/auth-event.ts'
import { createKey, idOf } from '../../src/session/key.ts'
import { patientDatabase } from '../dependency.ts'
import { createClock, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { usernameKey } from '../../src/auth/users/username.ts'

const list = /* GraphQL */ `
  query ($filter: AuditFilter, $first: Int, $after: String, $last: Int, $before: String) {
    auditEvents(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      totalCount
      edges {
        cursor
      }
      nodes {
        id
        at
        type
        loginFailure
        actor {
          username
        }
        subject {
          username
        }
        sessionId
        ipAddress
        userAgent
        detail
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`
const client = { ipAddress: '192.0.2.1', userAgent: 'Firefox' }
const statements: string[] = []

describe.each([
  ['SQLite', false],
  ['PostgreSQL', postgresqlProgram === null],
] as const)('on %s', (name, isMissing) => {
  describe.skipIf(isMissing)('auditEvents', () => {
    const clock = createClock()
    let postgresql: PostgresqlServer | null = null
    let server: TestServer
    let staff: Visitor
    let ids: Record<'ada' | 'grace' | 'chief', string>
    beforeAll(async () => {
      postgresql = name === 'PostgreSQL' ? await startPostgresql() : null
      const settings = postgresql ? { DATABASE_URL: await postgresql.database() } : {}
      const onStatement = (sql: string) => statements.push(sql)
      server = await startServer(settings, { now: clock.now, onStatement })
    })
    beforeEach(async () => {
      await server.app.db.session.deleteMany()
      await server.app.db.user.deleteMany()
      staff = await server.signedIn('chief', { isStaff: true })
      ids = { ada: await makeUser('ada'), grace: await makeUser('grace'), chief: await idOfStaff() }
      await server.app.db.auditEvent.deleteMany()
    })
    afterAll(async () => {
      await server?.stop()
      await postgresql?.stop()
    })

    async function makeUser(username: string): Promise<string> {
      const data = { username, usernameKey: usernameKey(username), passwordHash: 'none' }
      return (await server.app.db.user.create({ data })).id
    }

    const idOfStaff = async () => (await staff.data('{ me { id } }')).me.id

    async function record(...events: AuthEvent[]): Promise<void> {
      const { db, log } = server.app
      const audit = createAudit(db, {
        now: clock.now,
        database: patientDatabase(),
        log,
      })
      for (const event of events) {
        await audit.record(event)
        clock.advance(1000)
      }
    }

    const logout = (actorId: string | null, subjectId = actorId): AuthEvent => ({
      type: 'LOGOUT',
      actorId,
      subjectId,
      sessionId: null,
      client,
    })

    const refused = (username: string, reason: LoginFailure): AuthEvent => ({
      type: 'LOGIN_FAILED',
      actorId: null,
      sessionId: null,
      client,
      username,
      detail: { reason },
    })

    /** Plants events of which three at a time are of the same age. */
    async function plant(count: number, part: object = {}): Promise<void> {
      const start = clock.now() - 1_000_000_000
      await server.app.db.auditEvent.createMany({
        data: Array.from({ length: count }, (_, at) => ({
          id: `planted${String(at).padStart(6, '0')}`,
          at: new Date(start + Math.floor(at / 3) * 1000),
          type: 'LOGOUT',
          ...part,
        })),
      })
    }

    test('auditEvents are for staff', { tags: ['G1'] }, async () => {
      const anonymous = await server.visitor().send(list)
      expect(anonymous.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
      const user = await (await server.signedIn('mary')).send(list)
      expect(user.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
    })

    test('staff see the events of the audit newest first and without secrets', async () => {
      const sessionId = idOf(createKey())
      const at = clock.now()
      await record(
        {
          type: 'LOGIN',
          actorId: ids.ada,
          subjectId: ids.ada,
          sessionId,
          client,
          detail: { backend: 'password' },
        },
        refused(password, 'NOT_STAFF'),
        { type: 'SESSION_REVOKED', actorId: ids.chief, subjectId: ids.ada, sessionId, client },
      )
      const { auditEvents } = await staff.data(list)
      const seen = { id: expect.any(String), loginFailure: null, ...client }
      expect(auditEvents.nodes).toEqual([
        {
          ...seen,
          at: new Date(at + 2000).toISOString(),
          type: 'SESSION_REVOKED',
          actor: { username: 'chief' },
          subject: { username: 'ada' },
          sessionId,
          detail: null,
        },
        {
          ...seen,
          at: new Date(at + 1000).toISOString(),
          type: 'LOGIN_FAILED',
          loginFailure: 'NOT_STAFF',
          actor: null,
          subject: null,
          sessionId: null,
          detail: { reason: 'NOT_STAFF' },
        },
        {
          ...seen,
          at: new Date(at).toISOString(),
          type: 'LOGIN',
          actor: { username: 'ada' },
          subject: { username: 'ada' },
          sessionId,
          detail: { backend: 'password' },
        },
      ])
      expect(auditEvents.totalCount).toBe(3)
      expect(JSON.stringify(server.logs)).not.toContain(password)
    })

    test('the reason of a refused login is null for one that was written without, or with one of a later release', async () => {
      const details = [null, '{}', '{"username":"ada"}', '{"reason":"LATER"}', '{"reason":7}']
      for (const detail of details) await plantOne(detail)
      const { nodes } = (await staff.data(list)).auditEvents
      expect(nodes.map((node: { loginFailure: unknown }) => node.loginFailure)).toEqual(
        details.map(() => null),
      )

      async function plantOne(detail: string | null) {
        await server.app.db.auditEvent.create({ data: { type: 'LOGIN_FAILED', detail } })
      }
    })

    test('every filter of auditEvents selects what it says', async () => {
      const start = clock.now()
      await record(
        logout(ids.ada),
        logout(ids.grace),
        logout(ids.chief, ids.ada),
        refused('Ada', 'WRONG_CREDENTIALS'),
        { ...logout(ids.chief, ids.grace), type: 'USER_DEACTIVATED' } as AuthEvent,
      )
      const at = (offset: number) => new Date(start + offset).toISOString()
      const found = async (filter: object | null) => {
        const { auditEvents } = await staff.data(list, { filter })
        expect(auditEvents.totalCount).toBe(auditEvents.nodes.length)
        return auditEvents.nodes.map((node: { at: string }) => (Date.parse(node.at) - start) / 1000)
      }
      expect(await found(null)).toEqual([4, 3, 2, 1, 0])
      expect(await found({ userId: null, type: null, since: null, until: null })).toHaveLength(5)
      expect(await found({ userId: ids.ada })).toEqual([3, 2, 0])
      expect(await found({ userId: ids.chief })).toEqual([4, 2])
      expect(await found({ userId: ids.ada, type: 'LOGOUT' })).toEqual([2, 0])
      expect(await found({ type: 'LOGIN_FAILED' })).toEqual([3])
      expect(await found({ type: 'REGISTERED' })).toEqual([])
      expect(await found({ since: at(2000) })).toEqual([4, 3, 2])
      expect(await found({ until: at(2000) })).toEqual([1, 0])
      expect(await found({ since: at(1000), until: at(3000) })).toEqual([2, 1])
      expect(await found({ userId: ids.ada, since: at(1), until: at(3000) })).toEqual([2])
      for (const edge of ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z']) {
        expect(await found({ since: edge })).toHaveLength(5)
        expect(await found({ until: edge })).toEqual([])
      }
      const end = '9999-12-31T23:59:59-14:00'
      expect(await found({ until: end })).toHaveLength(5)
      expect(await found({ since: end })).toEqual([])
      for (const userId of ['nobody', '', 'a\0b']) expect(await found({ userId })).toEqual([])
      const { errors } = await staff.send(list, { filter: { type: 'NAP' } })
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    })

    test.each(['nobody', 'chief', 'since and until'])(
      'pages of auditEvents go through every event once, in both directions: %s',
      async (whose) => {
        await plant(40, whose === 'chief' ? { actorId: ids.chief, subjectId: ids.chief } : {})
        if (whose === 'chief') await record(logout(ids.chief, ids.ada), logout(ids.ada, ids.chief))
        const since = new Date(clock.now() - 1_000_000_000).toISOString()
        const until = new Date(clock.now() + 1).toISOString()
        const filter =
          whose === 'nobody' ? null : whose === 'chief' ? { userId: ids.chief } : { since, until }
        const idsOf = ({ nodes }: { nodes: { id: string }[] }) => nodes.map(({ id }) => id)
        const all = idsOf((await staff.data(list, { first: 100, filter })).auditEvents)
        expect(all).toHaveLength(whose === 'chief' ? 42 : 40)
        for (const size of [1, 7, 40]) {
          for (const [count, cursor, next, end] of [
            ['first', 'after', 'hasNextPage', 'endCursor'],
            ['last', 'before', 'hasPreviousPage', 'startCursor'],
          ] as const) {
            const seen: string[] = []
            let at: string | null = null
            for (;;) {
              const { auditEvents } = await staff.data(list, {
                [count]: size,
                [cursor]: at,
                filter,
              })
              if (count === 'first') seen.push(...idsOf(auditEvents))
              else seen.unshift(...idsOf(auditEvents))
              at = auditEvents.pageInfo[end]
              if (!auditEvents.pageInfo[next]) break
            }
            expect(seen).toEqual(all)
          }
        }
      },
    )

    test('a page of auditEvents between two cursors holds what is between them', async () => {
      await plant(9)
      const { edges, nodes } = (await staff.data(list)).auditEvents
      const variables = { after: edges[1].cursor, before: edges[7].cursor }
      const { auditEvents } = await staff.data(list, variables)
      expect(auditEvents.nodes).toEqual(nodes.slice(2, 7))
    })

    test(
      'a page has twenty events by default and a hundred at most, and a forged cursor is a coded error',
      { tags: ['E11', 'E22'] },
      async () => {
        await plant(30)
        expect((await staff.data(list)).auditEvents.nodes).toHaveLength(20)
        const forge = (text: string) => Buffer.from(text).toString('base64url')
        const cursors = [
          '',
          'forged',
          forge('1.a'),
          forge('sessions.1.a'),
          ...['1.', `1.a'b`, '99999999999999.a'].map((text) => forge(`auditEvents.${text}`)),
        ]
        for (const variables of [
          { first: 101 },
          { first: -1 },
          { last: 101 },
          ...cursors.flatMap((cursor) => [
            { after: cursor },
            { before: cursor, last: 1 },
            { after: cursor, filter: { userId: 'a\0b' } },
          ]),
        ]) {
          const { errors } = await staff.send(list, variables)
          expect([variables, errors]).toMatchObject([
            {},
            [{ extensions: { code: 'BAD_USER_INPUT' } }],
          ])
        }
        const { auditEvents } = await staff.data(list, {
          after: forge('auditEvents.9999999999999.z'),
        })
        expect(auditEvents.nodes).toHaveLength(20)
      },
    )

    test(
      'a page of auditEvents costs as many statements as its smallest, and totalCount one more where a query asks for it',
      { tags: ['E26'] },
      async () => {
        await plant(100, { actorId: ids.ada, subjectId: ids.grace })
        const cost = async (document: string) => {
          statements.length = 0
          await staff.data(document)
          return [statements.length, statements.filter((sql) => sql.includes('COUNT')).length]
        }
        const page = (first: number) =>
          `{ auditEvents(first: ${first}) { nodes { actor { id } subject { id } } } }`
        const [statementsOfOne] = await cost(page(1))
        expect(await cost(page(100))).toEqual([statementsOfOne, 0])
        const counted = '{ auditEvents(first: 1) { totalCount } }'
        expect(await cost(counted)).toEqual([Number(statementsOfOne) + 1, 1])
      },
    )
  })
})

test(
  'the database begins a page of auditEvents at its cursor, by an index',
  { tags: ['G5'] },
  async () => {
    const server = await startServer({}, { onStatement: (sql) => statements.push(sql) })
    try {
      const staff = await server.signedIn('chief', { isStaff: true })
      const after = Buffer.from('auditEvents.1700000000000.a').toString('base64url')
      const until = '2030-01-01T00:00:00Z'
      const plansOf = async (filter: object) => {
        statements.length = 0
        await staff.data(list.replace('totalCount', ''), { filter, after })
        const pages = statements.filter((sql) => /FROM\s+\S*AuditEvent/.test(sql))
        const plans: string[] = []
        for (const sql of pages) {
          const plan = await server.app.db.$queryRawUnsafe<{ detail: string }[]>(
            `EXPLAIN QUERY PLAN ${sql}`,
          )
          plans.push(plan.map(({ detail }) => detail.replace('main.', '')).join('; '))
        }
        return plans
      }
      expect(await plansOf({})).toEqual([
        'SEARCH AuditEvent USING INDEX AuditEvent_at_id_idx (at<?)',
      ])
      expect(await plansOf({ until })).toEqual([
        'SEARCH AuditEvent USING INDEX AuditEvent_at_id_idx (at<?)',
      ])
      expect(await plansOf({ type: 'LOGIN' })).toEqual([
        'SEARCH AuditEvent USING INDEX AuditEvent_type_at_id_idx (type=? AND at<?)',
      ])
      expect(await plansOf({ userId: 'nobody' })).toContain(
        'SEARCH AuditEvent USING INDEX AuditEvent_subjectId_at_id_idx (subjectId=? AND at<?)',
      )
    } finally {
      await server.stop()
    }
  },
)
