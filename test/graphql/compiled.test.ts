import { buildSchema, GraphQLError } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Builder } from '../../src/graphql/builder.ts'
import { readConfig } from '../../src/config/config.ts'
import { createCompiler } from '../../src/graphql/compiler.ts'
import { createPlans } from '../../src/graphql/plans.ts'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { addMoreFields } from './more-fields.ts'

// What comes for the third time is compiled. No client can tell that by the answer.

function addFields(builder: Builder): void {
  addMoreFields(builder)
  const Profile = builder.inputType('Profile', {
    fields: (t) => ({ nick: t.string(), size: t.int({ defaultValue: 7 }) }),
  })
  interface Search {
    text?: string | null
    and?: Search[] | null
  }
  // Such as hosts have it: a filter with filters in it.
  const Search = builder.inputRef<Search>('Search')
  Search.implement({ fields: (t) => ({ text: t.string(), and: t.field({ type: [Search] }) }) })
  builder.queryFields((t) => ({
    given: t.string({
      args: {
        word: t.arg.string({ defaultValue: 'none' }),
        profile: t.arg({ type: Profile }),
        profiles: t.arg({ type: [Profile] }),
        search: t.arg({ type: Search }),
      },
      // As a host would see it that writes down what it was given, and leaves the rest as it is.
      resolve: (_root, { word, profile, profiles, search }) =>
        JSON.stringify([word, profile, profiles, search]),
    }),
  }))
  builder.queryFields((t) => ({
    lacking: t.string({ resolve: () => null as unknown as string }),
    uncoded: t.string({
      nullable: true,
      resolve: () => {
        throw new GraphQLError('Without a code.')
      },
    }),
    ofSome: t.stringList({ resolve: () => ['a', Promise.resolve('b')] as unknown as string[] }),
  }))
}

let server: TestServer
let ada: Visitor
beforeAll(async () => {
  server = await startServer({}, { types: addFields })
  await server.app.warm() // loads what compiles
  ada = await server.signedIn('ada')
})
afterAll(() => server.stop())

const operations: [what: string, document: string, variables?: object][] = [
  ['a field', '{ me { username } }'],
  ['fields that are merged', '{ me { username } me { email ... on User { isStaff } } }'],
  ['fragments and aliases', '{ s: session { ...F } } fragment F on Session { k: keys isEmpty }'],
  [
    'an alias that every object has',
    '{ constructor: session { toString: keys __proto__: isEmpty } }',
  ],
  ['an alias that is a prototype', '{ __proto__: session { keys } }'],
  [
    'skip and include',
    'query ($v: Boolean!) { me { id @skip(if: $v) email @include(if: $v) } }',
    { v: true },
  ],
  ['a default', 'query ($k: String = "x") { session { value(key: $k) } }'],
  [
    'null in place of a default',
    'query ($k: String = "x") { session { value(key: $k) } }',
    { k: null },
  ],
  [
    'null for a directive',
    'query ($v: Boolean = true) { me { id @include(if: $v) } }',
    { v: null },
  ],
  [
    'null for a default of the schema',
    'mutation ($n: Int) { addCartItem(input: { sku: "a", quantity: 1 }) { __typename } setSessionExpiry(seconds: $n) { __typename } }',
    { n: null },
  ],
  ['a variable that is missing', 'query ($k: String!) { session { value(key: $k) } }'],
  [
    'a variable of another type',
    'query ($n: Int!) { me { sessions(first: $n) { totalCount } } }',
    { n: 'x' },
  ],
  [
    'a number that is too large',
    'query ($n: Int!) { me { sessions(first: $n) { totalCount } } }',
    { n: 1e20 },
  ],
  [
    'a field that the input has not',
    'mutation ($i: CartItemInput!) { addCartItem(input: $i) { __typename } }',
    { i: { sku: 'a', nope: 1 } },
  ],
  [
    'an enum',
    'mutation ($t: Theme) { updatePreferences(input: { theme: $t }) { __typename } }',
    { t: 'DARK' },
  ],
  [
    'a value that the enum has not',
    'mutation ($t: Theme) { updatePreferences(input: { theme: $t }) { __typename } }',
    { t: 'PINK' },
  ],
  [
    'JSON',
    'mutation ($d: JSON!) { setSessionValue(key: "a", value: $d) { ... on SessionSuccess { session { value(key: "a") } } } }',
    { d: { x: [1, 2.5, null, 'é'], constructor: 1 } },
  ],
  [
    'a refusal in a union',
    'mutation { setSessionValue(key: "__bad", value: 1) { ... on Error { code message } ... on InvalidInputError { fields { path code } } } }',
  ],
  ['a refusal that no union holds', '{ sessions { totalCount } }'],
  [
    'two mutations, one after the other',
    'mutation { a: setSessionValue(key: "n", value: 1) { ... on SessionSuccess { session { value(key: "n") } } } b: setSessionValue(key: "n", value: 2) { ... on SessionSuccess { session { value(key: "n") } } } }',
  ],
  ['a fault of a mutation', 'mutation { failAfterWriting }'],
  ['null where there must be a value', '{ lacking }'],
  ['an error without a code', '{ uncoded me { id } }'],
  ['a list with a promise in it', '{ ofSome }'],
  ...[undefined, null, 'x'].flatMap((w): typeof operations => {
    const what = w === undefined ? 'nothing' : String(w)
    return [
      [`an argument of ${what}`, 'query ($w: String) { given(word: $w) }', { w }],
      [
        `an argument of ${what}, by default y`,
        'query ($w: String = "y") { given(word: $w) }',
        { w },
      ],
      [`an input of ${what}`, 'query ($w: String) { given(profile: { nick: $w }) }', { w }],
      [`inputs of ${what}`, 'query ($w: String) { given(profiles: [{ nick: $w }, {}]) }', { w }],
      [
        `an input of ${what}, by default y`,
        'query ($w: String = "y") { given(profile: { nick: $w }) }',
        { w },
      ],
      [
        `an input that holds ${what}`,
        'query ($p: Profile) { given(profile: $p) }',
        { p: { nick: w, size: 3 } },
      ],
      [
        `inputs within inputs that hold ${what}`,
        'query ($s: Search) { given(search: $s) }',
        { s: { and: [{ text: w }, { and: [{ text: w }] }] } },
      ],
      [
        `a variable that is called as every object’s function, ${what}`,
        'query ($constructor: String) { given(profile: { nick: $constructor }) }',
        { constructor: w },
      ],
    ]
  }),
  ['introspection', '{ __type(name: "User") { name fields { name } } __typename }'],
]

test.each(operations)(
  '%s is answered the fifth time as it was the first',
  async (_what, query, variables) => {
    const answers = []
    for (let time = 0; time < 5; time++) {
      const { status, data, errors } = await ada.send(query, variables)
      const seen = errors?.map(({ extensions: { requestId: _own, ...extensions }, ...error }) => ({
        ...error,
        extensions,
      }))
      answers.push({ status, data, errors: seen })
    }
    for (const answer of answers.slice(1)) expect(answer).toEqual(answers[0])
  },
)

test('an operation is compiled from its third use on, where no server has warmed up too', async () => {
  const schema = buildSchema('type Query { ada: Int }')
  const compiler = createCompiler(schema)
  const findPlan = createPlans({ schema, limits: readConfig({}).limits, introspection: true })
  const find = () => compiler.find(findPlan('{ ada }', null))
  expect([find(), find()]).toEqual([null, null])
  await expect.poll(find).toBeTypeOf('function')
})

test('an operation that is asked for again and again stays compiled, whatever other documents come', async () => {
  const schema = buildSchema('type Query { ada: Int }')
  const compiler = createCompiler(schema)
  await compiler.warm()
  const findPlan = createPlans({ schema, limits: readConfig({}).limits, introspection: true })
  const find = (source: string) => compiler.find(findPlan(source, null))
  const [, , compiled] = [find('{ ada }'), find('{ ada }'), find('{ ada }')]
  expect(compiled).toBeTypeOf('function')
  for (let other = 0; other < 300; other++) {
    for (let use = 0; use < 3; use++) find(`{ a${other}: ada }`)
    expect(find('{ ada }')).toBe(compiled)
  }
})

const twice = 'query One { ada } mutation Two { ada }'

test('a document is read once, and each of its operations has a plan of its own', () => {
  const schema = buildSchema('type Query { ada: Int } type Mutation { ada: Int }')
  const findPlan = createPlans({ schema, limits: readConfig({}).limits, introspection: true })
  const [one, two] = [findPlan(twice, 'One'), findPlan(twice, 'Two')]
  expect([one.operation.operation, two.operation.operation]).toEqual(['query', 'mutation'])
  expect(one.document).toBe(two.document)
  expect(findPlan(twice, 'One')).toBe(one)
  expect(() => findPlan(twice, null)).toThrow('Could not determine what operation to execute.')
  expect(() => findPlan(twice, 'Three')).toThrow('Could not determine what operation to execute.')
})

test.each([
  ['mutation', '{ ada }'],
  ['query One', '{ ada }'],
  ['{ ada } #', '#'],
])(
  'what the server keeps of one document answers for no other that reads alike with its name: %j and %j',
  (name, source) => {
    const schema = buildSchema('type Query { ada: Int } type Mutation { ada: Int }')
    const findPlan = createPlans({ schema, limits: readConfig({}).limits, introspection: true })
    for (const glue of ['\n', ' ', '\u0000', ''])
      for (const text of [`${name}${glue}${source}`, `${source}${glue}${name}`])
        try {
          findPlan(text, null)
        } catch {
          // no document: nothing of it is kept
        }
    expect(() => findPlan(source, name)).toThrow()
  },
)
