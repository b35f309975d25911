import { PothosValidationError } from '@pothos/core'
import { GraphQLError } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Builder } from '../../src/graphql/builder.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

// A backend team's fields.
function addFields(builder: Builder): void {
  const Shape = builder.interfaceRef<{ kind: string }>('Shape').implement({
    fields: (t) => ({ kind: t.exposeString('kind') }),
    resolveType: () => 'Nothing',
  })
  builder
    .objectRef<{ kind: string }>('Circle')
    .implement({ interfaces: [Shape], fields: (t) => ({ radius: t.int({ resolve: () => 1 }) }) })
  builder.queryFields((t) => ({
    uncoded: t.string({
      resolve: () => {
        throw new GraphQLError('A secret of an extension.')
      },
    }),
    coded: t.string({
      resolve: () => {
        throw new GraphQLError('Out of umbrellas.', { extensions: { code: 'SOLD_OUT' } })
      },
    }),
    noList: t.stringList({ resolve: () => 'secret' as unknown as string[] }),
    noType: t.field({ type: Shape, resolve: () => ({ kind: 'secret' }) }),
    noNumber: t.int({ resolve: () => 'a secret' as unknown as number }),
    needs: t.int({ args: { n: t.arg.int({ required: true }) }, resolve: (_root, { n }) => n }),
    noPage: t.int({
      resolve: () => {
        throw new PothosValidationError('Not first and last.')
      },
    }),
    needsMany: t.int({ args: { all: t.arg.intList() }, resolve: () => 1 }),
    shut: t.int({ nullable: true, authScopes: () => false, resolve: () => 1 }),
  }))
  builder.subscriptionFields((t) => ({
    uncodedEvents: t.string({
      subscribe: () => {
        throw new GraphQLError('A secret of a stream.')
      },
      resolve: (word) => String(word),
    }),
  }))
}

let server: TestServer
beforeAll(async () => {
  server = await startServer({}, { types: addFields })
})
afterAll(() => server.stop())

test.each(['uncoded', 'noList', 'noType { kind }', 'noNumber'])(
  'an error without a code from { %s } is a fault: masked, and logged whole',
  { tags: ['E16'] },
  async (field) => {
    const { errors } = await server.visitor().send(`{ ${field} }`)
    expect(errors).toHaveLength(1)
    const [{ message, extensions, path }] = errors!
    expect([message, extensions.code]).toEqual(['Unexpected error.', 'INTERNAL_SERVER_ERROR'])
    expect(path).toEqual([field.split(' ')[0]])
    expect(JSON.stringify(errors)).not.toMatch(/secret|Iterable|Nothing/)
    const line = server.logs.find(({ requestId }) => requestId === extensions.requestId)
    expect(line).toMatchObject({ level: 50, err: { stack: expect.any(String) } })
  },
)

test(
  'an error without a code from opening a stream is a fault too',
  { tags: ['E16'] },
  async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { uncodedEvents }' }),
    })
    const text = await response.text()
    expect(text).toContain('INTERNAL_SERVER_ERROR')
    expect(text).not.toContain('secret')
  },
)

test('an error with a code of its own goes to the caller as the extension words it', async () => {
  const { errors } = await server.visitor().send('{ coded }')
  expect(errors).toMatchObject([{ message: 'Out of umbrellas.', extensions: { code: 'SOLD_OUT' } }])
})

test('a field that its scopes refuse is FORBIDDEN', async () => {
  const { errors } = await server.visitor().send('{ shut }')
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
})

test.each<[string, string, object, RegExp]>([
  ['no value for a variable', 'query ($n: Int!) { needs(n: $n) }', {}, /"\$n".* was not provided/],
  [
    'a value of another type',
    'query ($n: Int!) { needs(n: $n) }',
    { n: 'x' },
    /Int cannot represent/,
  ],
  ['null for a default', 'query ($n: Int = 1) { needs(n: $n) }', { n: null }, /"n".*null/],
  [
    'null for a condition',
    'query ($b: Boolean = true) { needs(n: 1) @skip(if: $b) }',
    { b: null },
    /"if".*null/,
  ],
  ['a syntax error', '{ needs(n: }', {}, /Syntax Error/],
  ['an unknown field', '{ nope }', {}, /Cannot query field "nope"/],
  ['an argument that is missing', '{ needs }', {}, /"n" of type "Int!" is required/],
  ['what Pothos says of arguments', '{ noPage }', {}, /Not first and last/],
])(
  '%s is BAD_USER_INPUT, and the message says what is wrong',
  { tags: ['E15'] },
  async (_what, query, variables, text) => {
    const before = server.logs.filter(({ level }) => Number(level) >= 50).length
    const { errors } = await server.visitor().send(query, variables)
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(errors![0].message).toMatch(text)
    expect(server.logs.filter(({ level }) => Number(level) >= 50)).toHaveLength(before)
  },
)

test('fifty-one values of a wrong type are BAD_USER_INPUT too', { tags: ['E15'] }, async () => {
  const list = Array.from({ length: 60 }, () => 'x')
  const { errors } = await server
    .visitor()
    .send('query ($all: [Int!]) { needsMany(all: $all) }', { all: list })
  expect(errors!.length).toBeGreaterThan(50)
  expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(
    new Set(['BAD_USER_INPUT']),
  )
})
