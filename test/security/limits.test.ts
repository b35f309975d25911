import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

let server: TestServer
let staff: Visitor
beforeAll(async () => {
  server = await startServer()
  staff = await server.signedIn('chief', { isStaff: true })
})
afterAll(() => server.stop())

/** Who asks by the specification gets its status codes; others get 200 for a document that is not valid. */
const bySpecification = { accept: 'application/graphql-response+json' }

const times = (count: number, write: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => write(at)).join(' ')

/** `deep` levels of fields, each below what `around` makes of it. */
function nest(deep: number, around: (inner: string) => string = (inner) => inner): string {
  const chain = [
    'me',
    'sessions',
    'nodes',
    'user',
    'sessions',
    'nodes',
    'user',
    'sessions',
    'nodes',
  ]
  const names = [...chain, ...Array<string>(deep).fill('user')].slice(0, deep - 1)
  return names.reduceRight((inner, name) => `${name} { ${around(inner)} }`, 'id')
}

/** The same, each level in a fragment of its own. */
function nestInFragments(deep: number): string {
  const names = nest(deep)
    .split(/[ {}]+/)
    .filter((name) => name !== '')
  const types: Record<string, string> = {
    me: 'User',
    user: 'User',
    sessions: 'SessionRecordConnection',
    nodes: 'SessionRecord',
  }
  const fragments = names.slice(1).map((name, at) => {
    const isLast = at === names.length - 2
    return `fragment f${at} on ${types[names[at]!]} { ${name}${isLast ? '' : ` { ...f${at + 1} }`} }`
  })
  return `{ ${names[0]} { ...f0 } } ${fragments.join(' ')}`
}

/** What is allowed at most, one more of it, and what the refusal names. */
const bounds: [what: string, limit: string, fits: string, tooMuch: string, tags: string[]][] = [
  ['depth', 'GRAPHQL_MAX_DEPTH', `{ ${nest(10)} }`, `{ ${nest(11)} }`, ['E5']],
  [
    'depth through inline fragments',
    'GRAPHQL_MAX_DEPTH',
    `{ ${nest(10, (inner) => `... { ${inner} }`)} }`,
    `{ ${nest(11, (inner) => `... { ${inner} }`)} }`,
    ['E5'],
  ],
  [
    'depth through named fragments',
    'GRAPHQL_MAX_DEPTH',
    nestInFragments(10),
    nestInFragments(11),
    ['E5'],
  ],
  [
    'aliases',
    'GRAPHQL_MAX_ALIASES',
    `{ ${times(30, (at) => `a${at}: __typename`)} }`,
    `{ ${times(31, (at) => `a${at}: __typename`)} }`,
    ['E6'],
  ],
  [
    'aliases in a fragment that is spread again and again',
    'GRAPHQL_MAX_ALIASES',
    `{ me { ${times(30, () => '...f')} } } fragment f on User { a: id }`,
    `{ me { ${times(31, () => '...f')} } } fragment f on User { a: id }`,
    ['E6'],
  ],
  [
    'tokens',
    'GRAPHQL_MAX_TOKENS',
    `{ session { value(key: "a", default: [${times(985, () => '1')}]) } }`,
    `{ session { value(key: "a", default: [${times(986, () => '1')}]) } }`,
    ['E7'],
  ],
  [
    'fields',
    'GRAPHQL_MAX_FIELDS',
    `{ ${times(250, () => '__typename')} }`,
    `{ ${times(251, () => '__typename')} }`,
    ['E8'],
  ],
  [
    'directives',
    'GRAPHQL_MAX_DIRECTIVES',
    `{ ${times(10, (at) => `a${at}: __typename @skip(if: false)`)} }`,
    `{ ${times(11, (at) => `a${at}: __typename @skip(if: false)`)} }`,
    ['E9'],
  ],
  [
    'fields of Mutation',
    'GRAPHQL_MAX_ROOT_MUTATIONS',
    `mutation { ${times(10, (at) => `a${at}: clearCart { __typename }`)} }`,
    `mutation { ${times(11, (at) => `a${at}: clearCart { __typename }`)} }`,
    ['E6'],
  ],
]

describe.each(bounds)('%s', (_what, limit, fits, tooMuch, tags) => {
  test(
    'a document up to a limit is answered, and past it the refusal names the setting',
    { tags: [...tags, 'E15'] },
    async () => {
      const answered = await server.visitor().send(fits)
      expect([answered.status, answered.errors]).toEqual([200, undefined])
      const refused = await server.visitor().send(tooMuch)
      expect(refused.status).toBe(400)
      expect(refused).not.toHaveProperty('data')
      expect(refused.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', limit } }])
      expect(refused.errors?.[0].message).toContain(limit)
    },
  )
})

const bombs: [what: string, document: string, tags: string[]][] = [
  ['five thousand braces', `${'{ me '.repeat(5000)}${'}'.repeat(5000)}`, ['E7']],
  ['twenty thousand tokens', `{ ${'a '.repeat(20_000)} }`, ['E7']],
  ['one field five hundred times', `{ ${'__typename '.repeat(500)} }`, ['E8']],
  [
    'eight hundred pairs of fields to compare',
    `{ ${times(400, (at) => `a${at % 2}: me { id }`)} ${times(400, (at) => `a${at % 2}: me { username }`)} }`,
    ['E8'],
  ],
  ['two hundred directives that do not exist', `{ __typename ${times(200, () => '@a')} }`, ['E9']],
  ['a fragment within itself', '{ ...a } fragment a on Query { ...a }', ['E10']],
  [
    'two fragments within each other',
    '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
    ['E10'],
  ],
  [
    'twenty-four fragments that each double the next',
    `{ ...f0 } ${times(24, (at) => `fragment f${at} on Query { ...f${at + 1} ...f${at + 1} }`)} fragment f24 on Query { __typename }`,
    ['E10'],
  ],
  [
    'types of fields of types of fields',
    '{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }',
    ['E13'],
  ],
]

describe.each(bombs)('%s', (_what, document, tags) => {
  test(
    'a document that would cost too much is refused before it runs, with no more words than needed',
    { tags: [...tags, 'E15'] },
    async () => {
      const { status, data, errors } = await server.visitor().send(document, {}, bySpecification)
      expect([status, data]).toEqual([400, undefined])
      expect(errors!.length).toBeLessThanOrEqual(5)
      for (const { extensions } of errors!) expect(extensions.code).toBe('BAD_USER_INPUT')
    },
  )
})

test(
  'a document with ten unknown directives gets five errors at most',
  { tags: ['E9'] },
  async () => {
    const document = `{ ${times(10, (at) => `a${at}: __typename @nope${at}`)} }`
    const { status, errors } = await server.visitor().send(document, {}, bySpecification)
    expect([status, errors!.length <= 5]).toEqual([400, true])
  },
)

test(
  'JSON that is nested without end is malformed, wherever it stands',
  { tags: ['E18'] },
  async () => {
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const document =
      'mutation ($value: JSON!) { setSessionValue(key: \\"a\\", value: $value) { ... on Error { code } } }'
    const post = async (members: string) => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{ "query": "${document}", ${members} }`,
      })
      return { status: response.status, ...((await response.json()) as object) }
    }
    for (const levels of [1_001, 20_000]) {
      for (const members of [
        `"variables": { "value": ${deep(levels)} }`,
        `"variables": {"value": 1}, "extensions": { "a": ${deep(levels)} }`,
      ])
        expect(await post(members)).toMatchObject({
          status: 400,
          errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
        })
    }
    expect(await post(`"variables": { "value": ${deep(20)} }`)).toEqual({
      status: 200,
      data: { setSessionValue: { code: 'INVALID_INPUT' } },
    })
  },
)

/** What is no cursor of the list of this name, though some of it is written like one. */
const forgeries = (list: string) => [
  '',
  "' OR 1=1 --",
  'x'.repeat(10_000),
  ...[
    '{"__proto__":{"a":1}}',
    '1.a',
    'elsewhere.1.a',
    `${list}.1.' OR ''='`,
    `${list}.-1.a`,
    `${list}.1e3.a`,
    `${list}.${'9'.repeat(30)}.a`,
    `${list}.1.`,
    `${list}..a`,
    `${list}.1.${'a'.repeat(65)}`,
    `${list}.1.\0`,
  ].map((text) => Buffer.from(text).toString('base64url')),
]

const lists = ['sessions', 'users', 'auditEvents', 'me { sessions']

test.each(lists)(
  'a page of %s holds a hundred at most, whatever the caller asks for',
  { tags: ['E11'] },
  async (list) => {
    const page = (size: string) =>
      staff.send(`{ ${list}(${size}) { nodes { id } }${list.includes('{') ? ' }' : ''} }`)
    for (const size of ['first: 100000000', 'first: 101', 'last: 101']) {
      const { errors } = await page(size)
      expect(errors).toMatchObject([
        { extensions: { code: 'BAD_USER_INPUT', limit: 'GRAPHQL_MAX_PAGE_SIZE' } },
      ])
    }
    for (const size of ['first: -1', 'last: -1', 'first: 2147483648']) {
      const { errors } = await page(size)
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
    for (const size of ['first: 100', 'first: 0', 'first: null'])
      expect((await page(size)).errors).toBeUndefined()
  },
)

test.each(lists)(
  'a cursor of %s that was tampered with is a user error, or the place of another row',
  { tags: ['E22'] },
  async (list) => {
    const end = list.includes('{') ? ' }' : ''
    const [parent = '', name] = list.includes('{') ? ['me { ', 'sessions'] : ['', list]
    const look = (after: string[]) =>
      staff.send(
        `{ ${parent}${times(after.length, (at) => `a${at}: ${name}(first: 1, after: ${JSON.stringify(after[at])}) { edges { cursor } }`)}${end} }`,
      )

    for (const after of forgeries(name!)) {
      const { status, errors } = await look([after])
      expect([after, status]).toEqual([after, 200])
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
    const page = await staff.data(`{ ${parent}list: ${name}(first: 1) { edges { cursor } }${end} }`)
    const real: string = (page.list ?? page.me.list).edges[0].cursor
    const flipped = Array.from(
      real,
      (letter, at) => real.slice(0, at) + (letter === 'A' ? 'B' : 'A') + real.slice(at + 1),
    )
    expect((await look([real])).errors).toBeUndefined()
    for (let at = 0; at < flipped.length; at += 30) {
      const { status, errors } = await look(flipped.slice(at, at + 30))
      expect(status).toBe(200)
      for (const { extensions } of errors ?? []) expect(extensions.code).toBe('BAD_USER_INPUT')
    }
  },
)
