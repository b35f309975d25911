import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createUser } from '../../src/auth/users/new-user.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'

interface Medium {
  readonly settings: Record<string, string>
  readonly stop: () => unknown
}

const operators = [
  [{ not: '' }, { contains: '' }, { in: ['ada'] }, { equals: 'ada' }, { startsWith: '' }],
  [{ OR: [{}] }, { AND: [] }, { NOT: {} }, { $ne: '' }, { $gt: '' }, { path: ['a'], equals: 1 }],
  [['ada'], [], true, { is: null }],
].flat()
const quotes = ["' OR '1'='1", "' OR 1=1 --", '" OR ""="', "x' UNION SELECT 1 --", "ada' --"]
const marks = ['\\', "\\'", '*', '?', '$1', ':name', '@p', '/**/', '--', '#', ';', '`', '\u2019']
const others = ['\'; DROP TABLE "User"; --', "E'\\x41'", 'CHR(65)', '0x414441', '{{7*7}}', '\ufeff']
const text = [...quotes, ...marks, ...others]
/** What LIKE takes for any text. */
const wildcards = ['%', '_', '%%', '_%_']
const media: [string, boolean, () => Promise<Medium>][] = [
  ['SQLite', false, async () => ({ settings: {}, stop: () => {} })],
  [
    'PostgreSQL',
    postgresqlProgram === null,
    async () => {
      const postgresql = await startPostgresql()
      return { settings: { DATABASE_URL: await postgresql.database() }, stop: postgresql.stop }
    },
  ],
]

describe.each(media)('on %s', (engine, isMissing, open) => {
  describe.skipIf(isMissing)(
    'text in a filter never becomes a part of the query',
    { tags: ['J7'], meta: { engine } },
    () => {
      let medium: Medium
      let server: TestServer
      let staff: Visitor
      beforeAll(async () => {
        medium = await open()
        server = await startServer(medium.settings)
        staff = await server.signedIn('chief', { isStaff: true })
        await server.signedIn('ada')
      })
      afterAll(async () => {
        await server?.stop()
        await medium?.stop()
      })

      const counts = async () => [
        await server.app.db.user.count(),
        await server.app.db.session.count(),
      ]

      test.each<[string, string]>([
        ['String', 'query ($x: String) { users(search: $x) { totalCount } }'],
        ['ID', 'query ($x: ID!) { user(id: $x) { id } }'],
        ['ID', 'query ($x: ID!) { sessionRecord(id: $x) { id } }'],
        ['String', 'query ($x: String) { sessions(filter: { username: $x }) { totalCount } }'],
        ['ID', 'query ($x: ID) { sessions(filter: { userId: $x }) { totalCount } }'],
        ['String', 'query ($x: String) { sessions(filter: { ipAddress: $x }) { totalCount } }'],
        [
          'String',
          'query ($x: String) { sessions(filter: { userAgentContains: $x }) { totalCount } }',
        ],
        ['ID', 'query ($x: ID) { auditEvents(filter: { userId: $x }) { totalCount } }'],
        [
          'String',
          'mutation ($x: String!) { login(input: { username: $x, password: "x" }) { __typename } }',
        ],
        ['ID', 'mutation ($x: ID!) { deleteSession(id: $x) { __typename } }'],
        [
          'String',
          'mutation ($x: String) { deleteSessions(filter: { username: $x }) { __typename } }',
        ],
        ['ID', 'mutation ($x: ID!) { setUserActive(id: $x, active: false) { __typename } }'],
      ])('an operator in place of a %s of %s is malformed', async (_type, document) => {
        const before = await counts()
        for (const x of operators) {
          const { errors, data } = await staff.send(document, { x })
          expect([x, errors?.[0].extensions.code, data ?? null]).toEqual([
            x,
            'BAD_USER_INPUT',
            null,
          ])
        }
        expect(await counts()).toEqual(before)
      })

      const lists: [string, string][] = [
        ['users', 'query ($x: String) { users(search: $x) { totalCount } }'],
        ['sessions', 'query ($x: String) { sessions(filter: { username: $x }) { totalCount } }'],
        [
          'sessions',
          'query ($x: String) { sessions(filter: { userAgentContains: $x }) { totalCount } }',
        ],
        ['auditEvents', 'query ($x: ID) { auditEvents(filter: { userId: $x }) { totalCount } }'],
      ]
      const findsNothing = async (field: string, document: string, texts: string[]) => {
        for (const x of texts) {
          const { status, errors, data } = await staff.send(document, { x })
          expect([x, status, errors]).toEqual([x, 200, undefined])
          expect([x, data[field].totalCount]).toEqual([x, 0])
        }
      }

      test.each(lists)(
        'no text in a filter finds more in %s than it should (%#)',
        async (field, document) => {
          const before = await counts()
          await findsNothing(field, document, text)
          expect(await counts()).toEqual(before)
        },
      )

      test(
        'a wildcard of LIKE in a filter is a mere character, which finds itself and nothing else',
        { tags: ['J8'] },
        async () => {
          const search = 'query ($x: String) { users(search: $x) { nodes { username email } } }'
          const end =
            'mutation ($x: String) { deleteSessions(filter: { userAgentContains: $x }) { ... on RevokeSessionsSuccess { matchedCount } } }'
          for (const x of wildcards) {
            expect([x, (await staff.data(search, { x })).users.nodes]).toEqual([x, []])
            expect((await staff.data(end, { x })).deleteSessions).toEqual({ matchedCount: 0 })
          }
          const { db, passwords } = server.app
          const email = 'A_B%C@Example.org'
          await createUser(db, passwords, { username: 'under_score', email, password })
          for (const x of ['R_S', 'a_b%c@example', '_B%'])
            expect([x, (await staff.data(search, { x })).users.nodes]).toEqual([
              x,
              [{ username: 'under_score', email }],
            ])
          await db.user.delete({ where: { usernameKey: 'under_score' } })
        },
      )

      test(
        'a search ignores the case of a browser, a username, and an address without a key of its own',
        { tags: ['G11', 'J8'] },
        async () => {
          const { db, passwords } = server.app
          const guest = server.visitor()
          const set = 'mutation { setSessionValue(key: "a", value: 1) { __typename } }'
          await guest.send(set, {}, { 'user-agent': 'Lynx/2.9 (X11)' })
          const sessions =
            'query ($x: String) { sessions(filter: { authenticated: false, ipAddress: "127.0.0.1", userAgentContains: $x }) { totalCount } }'
          for (const x of ['lynx', 'LYNX/2', 'lyNx/2.9 ('])
            expect([x, (await staff.data(sessions, { x })).sessions.totalCount]).toEqual([x, 1])

          const email = 'Twice@Example.org'
          for (const username of ['holder', 'Other'])
            await createUser(db, passwords, { username, email, password })
          await createUser(db, passwords, {
            username: 'late',
            email: 'MÜLLER@example.net',
            password,
          })
          await db.user.update({ where: { usernameKey: 'late' }, data: { emailKey: null } })
          const users = 'query ($x: String) { users(search: $x) { nodes { username } } }'
          for (const [x, found] of [
            ['OTHER', ['Other']],
            ['tWICE@eXAMPLE', ['Other', 'holder']],
            ['müller@', ['late']],
            ['MÜLLER@', ['late']],
          ] as const) {
            const { nodes } = (await staff.data(users, { x })).users
            const names = nodes.map(({ username }: { username: string }) => username)
            expect([x, names.sort()]).toEqual([x, found])
          }
          const end =
            'mutation ($x: String) { deleteSessions(filter: { userAgentContains: $x }) { ... on RevokeSessionsSuccess { revokedCount } } }'
          expect((await staff.data(end, { x: 'lYNX' })).deleteSessions).toEqual({ revokedCount: 1 })
          const names = { in: ['holder', 'other', 'late'] }
          await db.user.deleteMany({ where: { usernameKey: names } })
        },
      )

      test('hostile text in a filter signs no visitor in, ends nothing and breaks nothing', async () => {
        const before = await counts()
        const documents = [
          'mutation ($x: String!) { login(input: { username: $x, password: "" }) { __typename } }',
          'mutation ($x: ID!) { deleteSession(id: $x) { __typename } }',
          'mutation ($x: String) { deleteSessions(filter: { username: $x }) { __typename ... on RevokeSessionsSuccess { matchedCount } } }',
          'mutation ($x: ID!) { setUserActive(id: $x, active: false) { __typename } }',
          'mutation ($x: ID!) { revokeSession(id: $x) { __typename } }',
        ]
        const outcomes = new Set<string>()
        for (const x of text) {
          for (const document of documents) {
            const { status, data } = await staff.send(document, { x })
            expect([x, status]).toEqual([x, 200])
            outcomes.add(JSON.stringify(Object.values(data)[0]))
          }
          const guest = server.visitor()
          await guest.send(
            'mutation ($x: ID!) { addCartItem(input: { sku: $x }) { __typename } }',
            { x },
          )
          expect((await guest.data('{ me { id } }')).me).toBeNull()
        }
        expect([...outcomes].sort()).toEqual([
          '{"__typename":"InvalidCredentialsError"}',
          '{"__typename":"NotFoundError"}',
          '{"__typename":"RevokeSessionsSuccess","matchedCount":0}',
        ])
        const [users] = await counts()
        expect(users).toBe(before[0])
        expect((await staff.data('{ me { isStaff } }')).me).toEqual({ isStaff: true })
      })
    },
  )
})
