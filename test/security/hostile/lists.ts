import { badInput, beyond, data, fieldError } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const cursor = (text: string) => Buffer.from(text).toString('base64url')
const cursors: [attack: string, after: unknown, expect?: Expected][] = [
  ['nothing', ''],
  ['a word', 'x'],
  ['a number', cursor('1')],
  ['a number and no id', cursor('1.')],
  ['an id and no number', cursor('.x')],
  ['a number below nothing', cursor('-1.x')],
  ['a number of 14 digits', cursor('99999999999999.x')],
  ['a number in hex', cursor('0x10.x')],
  ['a fraction', cursor('1.5.x')],
  ['SQL', cursor("1.x' OR '1'='1")],
  ['SQL, as it is', "' OR 1=1 --"],
  ['a prototype', cursor('{"__proto__":{"isStaff":true}}')],
  ['a filter of JSON', cursor('{"id":{"not":""}}')],
  ['a cursor of Prisma', cursor('GPC:S:x')],
  ['a NUL', cursor('1.x\0')],
  ['a line end', cursor('1.x\n')],
  ['an id of 65 characters', cursor(`1.${'x'.repeat(65)}`)],
  ['90,000 characters', 'A'.repeat(90_000)],
  ['a cursor with its first character changed', 'z<<CURSOR_TAIL>>'],
  ['a cursor of another list', '<<USERS_CURSOR>>'],
  ['a number instead of text', 1, badInput],
  ['a list', ['x'], badInput],
]

const page = beyond('GRAPHQL_MAX_PAGE_SIZE')
const sizes: [args: string, expect: Expected][] = [
  ['first: 101', { ...page, statuses: [200] }],
  ['last: 101', { ...page, statuses: [200] }],
  ['first: 100000000', { ...page, statuses: [200] }],
  ['first: 2147483647', { ...page, statuses: [200] }],
  ['first: -1', fieldError('BAD_USER_INPUT')],
  ['last: -1', fieldError('BAD_USER_INPUT')],
  ['first: -2147483648', fieldError('BAD_USER_INPUT')],
  ['first: 1, last: 101', fieldError('BAD_USER_INPUT')],
  ['first: 2147483648', badInput],
  ['first: 1.0', badInput],
  ['first: "1"', badInput],
  ['first: 1e2', badInput],
  ['first: 100, first: 1', badInput],
]

/** Cursors that are none, and pages that are too large. */
export const lists: readonly Hostile[] = [
  ...cursors.map(([attack, after, expect = fieldError('BAD_USER_INPUT')]): Hostile => {
    return {
      attack: `a cursor of ${attack}`,
      shows: ['E22'],
      as: 'staff',
      document: 'query ($after: String) { sessions(after: $after) { nodes { id } } }',
      variables: { after },
      expect,
    }
  }),
  ...sizes.map(([args, expect]): Hostile => {
    return {
      attack: `a page of ${args}`,
      shows: ['E11'],
      as: 'staff',
      document: `{ sessions(${args}) { nodes { id } } }`,
      expect,
    }
  }),
  {
    attack: 'a page of none',
    as: 'staff',
    document: '{ sessions(first: 0) { nodes { id } } }',
    expect: data({ sessions: { nodes: [] } }),
  },
  {
    attack: 'a page of users past 100',
    as: 'staff',
    document: '{ users(first: 101) { totalCount } }',
    expect: { ...page, statuses: [200] },
  },
  {
    attack: 'a page of events past 100',
    as: 'staff',
    document: '{ auditEvents(first: 101) { totalCount } }',
    expect: { ...page, statuses: [200] },
  },
  {
    attack: 'pages of pages, thirty of them',
    as: 'staff',
    document: `{ ${Array.from({ length: 30 }, (_, n) => `p${n}: users(first: 100) { nodes { sessions(first: 100) { totalCount } } }`).join(' ')} }`,
    expect: beyond('GRAPHQL_MAX_ROWS'),
  },
  {
    attack: 'a dozen whole pages, counted',
    as: 'staff',
    document: `{ ${Array.from({ length: 12 }, (_, n) => `p${n}: users(first: 100) { totalCount }`).join(' ')} }`,
    expect: beyond('GRAPHQL_MAX_ROWS'),
  },
  {
    attack: 'a page of devices past 100',
    as: 'user',
    document: '{ me { sessions(first: 101) { totalCount } } }',
    expect: { ...page, statuses: [200] },
  },
]
