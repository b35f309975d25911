import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { graphql, validateSchema } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CoatOptions } from '../../src/app/options.ts'
import { createApp } from '../../src/coat.ts'
import type { Builder } from '../../src/graphql/builder.ts'
import { startServer } from '../harness.ts'
import { named, names, viewing } from './shop.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-apps-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
const open = (options: object) =>
  createApp({
    settings: { databaseUrl: `file:${join(folder, `${count++}.db`)}` },
    ...options,
  } as CoatOptions)

const field = (name: string) => (builder: Builder) => {
  builder
    .objectRef<object>('Thing')
    .implement({ fields: (t) => ({ [name]: t.int({ resolve: () => 1 }) }) })
  builder.queryField(name, (t) => t.string({ resolve: () => name }))
}

test('two applications of one process have different types, and types of the same name that differ', async () => {
  const [shop, blog] = await Promise.all([
    open({ types: field('hats') }),
    open({ types: field('posts') }),
  ])
  try {
    expect(shop.printSchema()).toContain('hats: Int!')
    expect(shop.printSchema()).not.toContain('posts')
    expect(blog.printSchema()).toContain('posts: Int!')
    expect(blog.printSchema()).not.toContain('hats')
    expect(validateSchema(shop.schema)).toEqual([])
  } finally {
    await Promise.all([shop.close(), blog.close()])
  }
})

test('resolvers of coat.schema that run outside of a request say that they need one', async () => {
  const coat = await open({ types: field('hats') })
  try {
    for (const source of ['{ hats }', '{ me { id } }', 'mutation { logout { session { id } } }']) {
      const { data, errors } = await graphql({ schema: coat.schema, source })
      expect(data?.['me'] ?? null).toBeNull()
      expect(errors?.[0]?.message).toMatch(/^These resolvers work within a request: /)
    }
    const source = '{ __type(name: "Thing") { fields { name } } }'
    expect((await graphql({ schema: coat.schema, source })).errors).toBeUndefined()
  } finally {
    await coat.close()
  }
})

test.each<[string, CoatOptions['types'], RegExp]>([
  [
    'a field that exists',
    (builder) => builder.queryField('me', (t) => t.int({ resolve: () => 1 })),
    /Duplicate field me on Query/,
  ],
  [
    'a type that exists',
    (builder) => void builder.objectRef('User').implement({ fields: () => ({}) }),
    /User already exists/,
  ],
  [
    'a type without fields',
    (builder) => void builder.objectRef('Empty').implement({ fields: () => ({}) }),
    /Type Empty must define one or more fields/,
  ],
  [
    'a type that is not there',
    (builder) =>
      builder.queryField('gone', (t) =>
        t.field({ type: 'Gone' as 'User', resolve: () => null as never }),
      ),
    /Gone/,
  ],
  [
    'a function that throws',
    () => {
      throw new Error('No shop today.')
    },
    /No shop today\./,
  ],
  [
    'a promise that is rejected',
    () => Promise.reject(new Error('No shop tomorrow.')),
    /No shop tomorrow\./,
  ],
  [
    'a refusal without a type in a union',
    (builder) => {
      class Lost extends Error {
        readonly secret = 'of the source'
      }
      const LostResult = builder.errorUnion('LostResult', {
        types: ['User', Lost],
        resolveType: () => 'User',
      })
      builder.queryField('lost', (t) => t.field({ type: LostResult, resolve: () => null as never }))
    },
    /together: Lost has no GraphQL type: call builder\.refusalType\(Lost, …\) first\.$/,
  ],
  [
    'a malformed code of a refusal',
    (builder) =>
      builder.refusalType(
        class Odd extends Error {
          code = 'not a code'
        },
        { name: 'OddError', code: 'not a code' },
      ),
    /not a code/,
  ],
])(
  'createApp refuses types with %s, in a sentence that names it',
  async (_what, types, sentence) => {
    await expect(open({ types })).rejects.toThrow(sentence)
    await expect(open({ types })).rejects.toThrow(/^The GraphQL types cannot be put together: /)
  },
)

const schema = { safeParse: (data: unknown) => ({ success: true, data }) }
test.each<[string, object, string]>([
  ['a name without a definition', { basket: null }, 'names.basket: It has no schema'],
  ['a name without a schema', { basket: { maxBytes: 1 } }, 'names.basket: It has no schema'],
  [
    'a name of ours',
    { cart: { schema, maxBytes: 1 } },
    'names.cart: Our own feature has this name.',
  ],
  [
    'a name that every object has',
    { constructor: { schema, maxBytes: 1 } },
    'names.constructor: A name is',
  ],
  ['a name that is no name', { 'a b': { schema, maxBytes: 1 } }, 'names.a b: A name is'],
  ['no cap', { basket: { schema } }, 'names.basket: maxBytes is a whole number from 1 to 65536'],
  ['a cap of nothing', { basket: { schema, maxBytes: 0 } }, 'names.basket: maxBytes'],
  [
    'a cap above that of a session',
    { basket: { schema, maxBytes: 65_537 } },
    'names.basket: maxBytes',
  ],
  [
    'an unknown rule',
    { basket: { schema, maxBytes: 1, onSignIn: 'ask' } },
    'names.basket: onSignIn is',
  ],
])(
  'createApp refuses names with %s, in a sentence that names it',
  async (_what, given, sentence) => {
    await expect(open({ names: given })).rejects.toThrow(sentence)
  },
)

test('createApp tells every name that cannot be kept at once, and refuses a feature that there is not', async () => {
  const given = { basket: { schema }, cart: { schema, maxBytes: 1 } }
  const fault = open({ names: given, features: { chart: false } })
  await expect(fault).rejects.toThrow(/names\.basket: [^]*names\.cart: /)
  await expect(fault).rejects.toThrow('features: An object of cart, preferences, values')
})

test('a feature that is switched off leaves the schema, its name leaves the session, and what is stored stays', async () => {
  const database = { DATABASE_URL: `file:${join(folder, 'features.db')}` }
  const full = await startServer(database, { names, types: viewing })
  const visitor = full.visitor()
  await visitor.data(
    'mutation { addCartItem(input: { sku: "hat" }) { __typename } setSessionValue(key: "a", value: 1) { __typename } viewProduct(sku: "hat") }',
  )
  await full.stop()

  const features = { cart: false, preferences: false, values: false }
  const types = (builder: Builder) => {
    viewing(builder)
    builder.queryField('held', (t) =>
      t.stringList({ resolve: (_root, _args, { session }) => session.keys() }),
    )
    builder.queryField('cartAnyway', (t) =>
      t.boolean({ resolve: (_root, _args, { session }) => session.has(named('cart')) }),
    )
  }
  const bare = await startServer(database, { features, names, types })
  try {
    const again = bare.visitor(visitor.cookie)
    for (const gone of ['cart { totalQuantity }', 'preferences { theme }', 'session { keys }']) {
      const { errors } = await again.send(`{ ${gone} }`)
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
    }
    await again.data('mutation { viewProduct(sku: "scarf") }')
    expect(await again.data('{ held recentlyViewed }')).toEqual({
      held: ['recentlyViewed'],
      recentlyViewed: ['scarf', 'hat'],
    })
    const { errors } = await again.send('{ cartAnyway }')
    expect(errors?.[0].extensions.code).toBe('INTERNAL_SERVER_ERROR')
    expect(JSON.stringify(bare.logs)).toContain('Sessions have no cart here')
    expect(bare.app.schema?.getType('Cart')).toBeUndefined()
  } finally {
    await bare.stop()
  }

  const back = await startServer(database, { names, types: viewing })
  try {
    expect(
      await back
        .visitor(visitor.cookie)
        .data('{ cart { totalQuantity } session { keys } recentlyViewed }'),
    ).toEqual({
      cart: { totalQuantity: 1 },
      session: { keys: ['a'] },
      recentlyViewed: ['scarf', 'hat'],
    })
  } finally {
    await back.stop()
  }
})
