import { badInput, data, fieldError, refusal } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const privileged = [
  'query { sessions { nodes { id user { username } data } } }',
  'query { sessionRecord(id: "<<VICTIM_ID>>") { data ipAddress } }',
  'query { sessionStats { active } }',
  'query { users { nodes { username email } } }',
  'query { user(id: "<<USER_ID>>") { username } }',
  'query { auditEvents { nodes { type ipAddress } } }',
  'mutation { deleteSession(id: "<<VICTIM_ID>>") { __typename } }',
  'mutation { revokeAnySession(id: "<<VICTIM_ID>>") { __typename } }',
  'mutation { revokeSessions(filter: { status: ANY }) { __typename } }',
  'mutation { deleteSessions(filter: { status: ANY }) { __typename } }',
  'mutation { clearExpiredSessions { deletedCount } }',
  'mutation { setUserActive(id: "<<VICTIM_USER_ID>>", active: false) { __typename } }',
  'mutation { a: clearCart { __typename } deleteSession(id: "<<VICTIM_ID>>") { __typename } }',
  'query { ...f } fragment f on Query { x: sessions(filter: { username: "victim" }) { totalCount } }',
]

const revoke =
  'mutation ($id: ID!) { revokeSession(id: $id) { __typename ... on Error { code message } } }'
/** The answer must not show whether the session is another user's or does not exist. */
const noSuch = data({
  revokeSession: {
    __typename: 'NotFoundError',
    code: 'NOT_FOUND',
    message: 'There is no such session.',
  },
})
const notMine: [attack: string, id: unknown, expect?: Expected][] = [
  ["another user's session", '<<VICTIM_ID>>'],
  ["a staff member's session", '<<STAFF_ID>>'],
  ['a session that is not there', '0'.repeat(64)],
  ['a key instead of an id', '<<KEY>>'],
  ['the key of another user', '<<VICTIM_KEY>>'],
  ['the beginning of an id', '<<ID_SHORT>>'],
  ['an id in capitals', '<<ID_CAPITALS>>'],
  ['an id and a space', '<<ID>> '],
  ['an id and a line', '<<ID>>\n'],
  ['an id and a NUL', '<<ID>>\0'],
  ['nothing', ''],
  ['a wildcard', '%'],
  ['SQL', "' OR '1'='1"],
  ['the id of a user', '<<USER_ID>>'],
  ['a prototype', '__proto__'],
  ['a number', 0],
  ['90,000 characters', 'a'.repeat(90_000)],
]

const searches: [attack: string, search: string][] = [
  ['SQL that is always true', "' OR 1=1 --"],
  ['SQL in a pattern', "%' OR '1'='1"],
  ['SQL that adds a table', "x') UNION ALL VALUES (1,2,3) --"],
  ['a backslash', '\\'],
  ['a NUL', 'ad\0min'],
  ['a pattern of 90,000 characters', 'x'.repeat(90_000)],
  ['a pattern of 2,000 wildcards', '%_x'.repeat(2_000)],
  ['a pattern of 20,000 wildcards', '%_x'.repeat(20_000)],
  ['an expression', '^(a+)+$'],
]
const filters: [attack: string, filter: object, expect?: Expected][] = [
  ['SQL for a user', { userId: "' OR '1'='1" }],
  ['SQL for a username', { username: "' OR 1=1 --" }],
  ['SQL for an address', { ipAddress: "127.0.0.1' OR '1'='1" }],
  ['a username of 90,000 characters', { username: 'x'.repeat(90_000) }],
  ['a user agent of 60,000 characters', { userAgentContains: 'x'.repeat(60_000) }],
  ['a user agent of 20,000 wildcards', { userAgentContains: '%_x'.repeat(20_000) }],
  ['a NUL in an address', { ipAddress: '127.0.0.1\0' }],
  ['a user of the prototype', { userId: '__proto__', username: 'constructor' }],
  ['the first instant', { createdBefore: '0000-01-01T00:00:00Z' }],
  ['the last instant', { createdAfter: '9999-12-31T23:59:59.999Z' }],
  ['an operator for a user', { userId: { not: '' } }, badInput],
  ['an operator for a username', { username: { contains: '' } }, badInput],
  ['an operator for an instant', { createdBefore: { gt: '2000-01-01T00:00:00Z' } }, badInput],
  ['a condition of Prisma', { OR: [{}] }, badInput],
  ['a negation of Prisma', { NOT: { username: 'x' } }, badInput],
  ['a relation of Prisma', { user: { isStaff: true } }, badInput],
  ['a prototype', JSON.parse('{"__proto__":{"userId":null}}'), badInput],
  ['a day that is none', { createdAfter: '2026-02-30T00:00:00Z' }, badInput],
  ['an instant in words', { createdAfter: 'yesterday' }, badInput],
  ['an instant without a zone', { createdAfter: '2026-01-01T00:00:00' }, badInput],
  ['an instant of a number', { createdAfter: 0 }, badInput],
  ['a year of six digits', { createdAfter: '+275760-09-13T00:00:00Z' }, badInput],
  ['a year before all others', { createdBefore: '-000001-01-01T00:00:00Z' }, badInput],
  ['a status that is none', { status: 'ACTIV' }, badInput],
]

const deletions: [attack: string, filter: object, expect: Expected][] = [
  ['nothing', {}, refusal('INVALID_INPUT')],
  ['a user that a script had not', { userId: null }, refusal('INVALID_INPUT')],
  ['an empty username', { username: '' }, refusal('INVALID_INPUT')],
  [
    'SQL',
    { username: "' OR 1=1 --" },
    data({ deleteSessions: { matchedCount: 0, revokedCount: 0 } }),
  ],
  [
    'a wildcard for a username',
    { username: '%' },
    data({ deleteSessions: { matchedCount: 0, revokedCount: 0 } }),
  ],
  ['a NUL', { username: '\0' }, data({ deleteSessions: { matchedCount: 0, revokedCount: 0 } })],
  ['an operator', { userId: { not: '' } }, badInput],
]

const others: readonly Hostile[] = [
  {
    attack: "a staff member's view of one's own session",
    as: 'user',
    document: '{ me { sessions { nodes { data } } } }',
    expect: fieldError('FORBIDDEN'),
  },
  {
    attack: 'the sessions of guests, from a guest',
    document: '{ me { sessions { totalCount } } }',
    expect: data({ me: null }),
  },
  {
    attack: 'a user by SQL',
    as: 'staff',
    document: "{ user(id: \"' OR '1'='1\") { username } }",
    expect: data({ user: null }),
  },
  {
    attack: 'a user with a NUL',
    as: 'staff',
    document: '{ user(id: "a\\u0000") { username } }',
    expect: data({ user: null }),
  },
  {
    attack: 'a record by its key',
    as: 'staff',
    document: '{ sessionRecord(id: "<<KEY>>") { id } }',
    expect: data({ sessionRecord: null }),
  },
  {
    attack: 'a record by an id in capitals',
    as: 'staff',
    document: '{ sessionRecord(id: "<<ID_CAPITALS>>") { id } }',
    expect: data({ sessionRecord: null }),
  },
  {
    attack: 'a record by a path',
    as: 'staff',
    document: '{ sessionRecord(id: "../../../etc/passwd") { id } }',
    expect: data({ sessionRecord: null }),
  },
  {
    attack: 'a session that is not there, by staff',
    as: 'staff',
    document: 'mutation { deleteSession(id: "x") { __typename ... on Error { code } } }',
    expect: refusal('NOT_FOUND'),
  },
  {
    attack: 'a user who is not there, by staff',
    as: 'staff',
    document:
      'mutation { setUserActive(id: "x", active: false) { __typename ... on Error { code } } }',
    expect: refusal('NOT_FOUND'),
  },
  {
    attack: 'staff who lock themselves out',
    as: 'staff',
    document:
      'mutation { setUserActive(id: "<<STAFF_USER_ID>>", active: false) { __typename ... on Error { code } } }',
    expect: refusal('INVALID_INPUT'),
  },
]

/** What only staff may, whose session it is, and conditions that would like to be SQL. */
export const staff: readonly Hostile[] = [
  ...privileged.flatMap((document): Hostile[] => {
    const attack = document.replace(/^\w+ /, '')
    return [
      {
        attack: `a guest asks ${attack}`,
        shows: ['G1'],
        document,
        expect: fieldError('UNAUTHENTICATED'),
      },
      {
        attack: `a user asks ${attack}`,
        shows: ['G1'],
        as: 'user',
        document,
        expect: fieldError('FORBIDDEN'),
      },
    ]
  }),
  ...notMine.map(([attack, id, expect = noSuch]): Hostile => {
    return {
      attack: `revoked by ${attack}`,
      shows: ['E21'],
      as: 'user',
      document: revoke,
      variables: { id },
      expect,
    }
  }),
  ...searches.map(([attack, search]): Hostile => {
    return {
      attack: `users by ${attack}`,
      shows: ['J7'],
      as: 'staff',
      document: 'query ($search: String) { users(search: $search) { totalCount nodes { id } } }',
      variables: { search },
      expect: data({ users: { totalCount: 0, nodes: [] } }),
    }
  }),
  ...filters.map(
    ([attack, filter, expect = data({ sessions: { totalCount: 0, nodes: [] } })]): Hostile => {
      return {
        attack: `sessions by ${attack}`,
        shows: ['J7'],
        as: 'staff',
        document:
          'query ($filter: SessionFilter) { sessions(filter: $filter) { totalCount nodes { id } } }',
        variables: { filter },
        expect,
      }
    },
  ),
  ...deletions.map(([attack, filter, expect]): Hostile => {
    return {
      attack: `sessions to be deleted by ${attack}`,
      shows: ['J7'],
      as: 'staff',
      document:
        'mutation ($filter: SessionFilter!) { deleteSessions(filter: $filter) { ... on RevokeSessionsSuccess { matchedCount revokedCount } ... on Error { code } } }',
      variables: { filter },
      expect,
    }
  }),
  ...others,
]
