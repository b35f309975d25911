import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'

const set = /* GraphQL */ `
  mutation ($key: String!, $value: JSON!) {
    setSessionValue(key: $key, value: $value) {
      __typename
      ... on InvalidInputError {
        fields {
          path
        }
      }
      ... on SessionTooLargeError {
        limit
      }
    }
  }
`
const look =
  '{ me { username isStaff } session { id keys expiresAt } cart { totalQuantity } preferences { theme } }'
let server: TestServer
let ada: Visitor
beforeAll(async () => {
  server = await startServer()
  ada = await server.signedIn('ada')
})
afterAll(() => server.stop())

test.each(
  [
    ['_auth_user_id', '_auth_user_backend', '_auth_user_hash', '_session_expiry', '_auth', '_'],
    ['_expiry', '__proto__', '_csrftoken', '_password_reset_token', '$auth', '.auth', '-'],
  ].flat(),
)('the name %j is not for visitors: nothing changes', { tags: ['J2'] }, async (key) => {
  const before = await ada.data(look)
  for (const value of ['1', { userId: '1', epoch: 0, backend: 'password' }, 60]) {
    expect((await ada.data(set, { key, value })).setSessionValue).toEqual({
      __typename: 'InvalidInputError',
      fields: [{ path: ['key'] }],
    })
  }
  expect(await ada.data(look)).toEqual(before)
})

test.each([
  'auth',
  'expiry',
  'expiresAt',
  'absoluteExpiresAt',
  'version',
  'userId',
  'isStaff',
  'values',
])(
  'the value name %j is one like any other, and not the one that the server means',
  { tags: ['J2'] },
  async (key) => {
    const { session: _before, ...before } = await ada.data(look)
    const value = { userId: '1', epoch: 0, backend: 'password' }
    expect((await ada.data(set, { key, value })).setSessionValue.__typename).toBe('SessionSuccess')
    const { session, ...after } = await ada.data(look)
    expect(after).toEqual(before)
    expect(session.keys).toContain(key)
  },
)

describe('as much as fits, and one more', { tags: ['J3'] }, () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) })

  test('a name of 64 characters fits, and one more does not', async () => {
    const visitor = server.visitor()
    const name = 'n'.repeat(64)
    expect((await visitor.data(set, { key: name, value: 1 })).setSessionValue.__typename).toBe(
      'SessionSuccess',
    )
    const refused = await visitor.data(set, { key: `${name}n`, value: 1 })
    expect(refused.setSessionValue).toMatchObject({ fields: [{ path: ['key'] }] })
    expect((await visitor.data(look)).session.keys).toEqual([name])
  })

  test('a value of 16 levels fits, and one more does not', async () => {
    const visitor = server.visitor()
    expect(
      (await visitor.data(set, { key: 'a', value: nested(16) })).setSessionValue.__typename,
    ).toBe('SessionSuccess')
    const refused = await visitor.data(set, { key: 'b', value: nested(17) })
    expect(refused.setSessionValue).toMatchObject({ fields: [{ path: ['value'] }] })
    expect((await visitor.data(look)).session.keys).toEqual(['a'])
  })

  test('a session of 64 KB fits, and one more byte does not', async () => {
    const visitor = server.visitor()
    const room = 65_536 - Buffer.byteLength(JSON.stringify({ values: { a: '' } }))
    const outcome = async (value: string) =>
      (await visitor.data(set, { key: 'a', value })).setSessionValue
    expect(await outcome('x'.repeat(room))).toEqual({ __typename: 'SessionSuccess' })
    for (const value of ['x'.repeat(room + 1), 'ü'.repeat(room / 2 + 1), '\n'.repeat(room / 2 + 1)])
      expect(await outcome(value)).toEqual({ __typename: 'SessionTooLargeError', limit: 65_536 })
    const { session } = await visitor.data('{ session { value(key: "a") } }')
    expect(session.value).toBe('x'.repeat(room))
  })
})

describe('the numbers of a cart', { tags: ['J5'] }, () => {
  const line = 'totalQuantity items { sku quantity }'
  const add = `mutation ($sku: ID!, $quantity: Int!) { addCartItem(input: { sku: $sku, quantity: $quantity }) { __typename ... on CartSuccess { cart { ${line} } } } }`

  test.each([-1, 0, 1000, 1e9, 2 ** 31 - 1, -(2 ** 31)])(
    'a quantity of %d is out of range',
    async (quantity) => {
      const visitor = server.visitor()
      const { addCartItem } = await visitor.data(add, { sku: 'hat', quantity })
      expect(addCartItem.__typename).toBe('InvalidInputError')
      expect(visitor.cookie).toBeNull()
    },
  )

  test.each([
    2 ** 31,
    2 ** 53,
    1e308,
    1.5,
    0.999,
    NaN,
    Infinity,
    '1',
    '1e2',
    '',
    true,
    [2],
    {},
    null,
  ])('a quantity of %j is no Int', async (quantity) => {
    const visitor = server.visitor()
    const { errors, data } = await visitor.send(add, { sku: 'hat', quantity })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    expect(data ?? null).toBeNull()
    expect(visitor.cookie).toBeNull()
  })

  test.each(['1.5', '2147483648', '99999999999999999999', '1e3', '"1"', 'null', '0x10', '-'])(
    'a quantity written as %s in the document is no Int',
    async (literal) => {
      const visitor = server.visitor()
      const { errors } = await visitor.send(
        `mutation { addCartItem(input: { sku: "hat", quantity: ${literal} }) { __typename } }`,
      )
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
      expect(visitor.cookie).toBeNull()
    },
  )

  test('the fullest cart has the right total', async () => {
    const visitor = server.visitor()
    for (let at = 0; at < 100; at += 10) {
      const fields = Array.from(
        { length: 10 },
        (_, n) =>
          `a${n}: setCartItemQuantity(input: { sku: "s${at + n}", quantity: 999 }) { __typename }`,
      )
      await visitor.data(`mutation { ${fields.join(' ')} }`)
    }
    expect((await visitor.data(`{ cart { ${line} } }`)).cart.totalQuantity).toBe(99_900)
    const { addCartItem } = await visitor.data(add, { sku: 's1', quantity: 1 })
    expect(addCartItem.__typename).toBe('InvalidInputError')
  })
})

describe('what is planted in the store', { tags: ['J6'] }, () => {
  test.each([
    [
      'a pickle',
      Buffer.from('80049520000000000000008c05706f736978948c0673797374656d', 'hex').toString(
        'latin1',
      ),
    ],
    ['an old pickle', "cos\nsystem\n(S'touch pwned'\ntR."],
    ['a session of Django', 'eyJfYXV0aF91c2VyX2lkIjoiMSJ9:1tGhij:Zm9yZ2VkLXNpZ25hdHVyZQ'],
    ['an object of PHP', 'O:8:"stdClass":1:{s:7:"isStaff";b:1;}'],
    ['a function', '{"values":{"a":"_$$ND_FUNC$$_function(){throw 1}()"},"toJSON":"x"}'],
    ['a type', '{"$type":"System.Windows.Data.ObjectDataProvider, PresentationFramework"}'],
    ['YAML', '!!js/function "function(){throw 1}"'],
    ['a prototype', '{"__proto__":{"isStaff":true},"constructor":{"prototype":{"isStaff":true}}}'],
  ])(
    '%s in the place of a record runs nothing and gives the visitor nothing',
    async (_what, planted) => {
      const visitor = server.visitor()
      await visitor.data(set, { key: 'a', value: 1 })
      const { session } = await visitor.data('{ session { id } }')
      await server.app.db.session.update({ where: { id: session.id }, data: { data: planted } })
      const { status, data, errors } = await visitor.send(look)
      expect([status, errors]).toEqual([200, undefined])
      expect(data).toMatchObject({
        me: null,
        cart: { totalQuantity: 0 },
        preferences: { theme: 'SYSTEM' },
      })
      expect(({} as Record<string, unknown>)['isStaff']).toBeUndefined()
    },
  )
})
