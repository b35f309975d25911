import { describe, expect, test } from 'vitest'
import { password } from './harness.ts'
import type { Stage } from './promises.ts'

const set =
  'mutation ($key: String!, $value: JSON!) { setSessionValue(key: $key, value: $value) { __typename ... on SessionSuccess { session { value(key: $key) } } ... on Error { code } } }'
const get = 'query ($key: String!) { session { value(key: $key) } }'
const look = '{ me { username isStaff } session { keys } cart { totalQuantity } }'

const texts = [
  ['', ' ', '\u2028\u2029\ufeff\u007f', '\\"\'`;--'],
  ['ünï ☂ 漢字 😀 \u{10ffff}', 'עברית \u202e\u200f'],
].flat()
const numbers = [0, -1, 0.1, 1e308, 5e-324, -1e-7, 2 ** 53 - 1, -(2 ** 53), 2 ** 53 + 2]
const shapes: unknown[] = [
  [null, true, false, [], {}, [null, [null, { '': { '': null } }]]],
  { constructor: 1, prototype: [2], toString: '3', length: 4, toJSON: 5 },
]
/** What other serializers would run. */
const code: unknown[] = [
  { $type: 'System.Object', $ref: '#/0', __js_function: 'throw 1' },
  '_$$ND_FUNC$$_function () { throw 1 }()',
  "cos\nsystem\n(S'false'\ntR.",
]

/** What is promised of the data in a session, on every engine. */
export function describeData({ server, name }: Stage): void {
  test(
    'session values come back as the visitor gave them, whatever they are made of',
    {
      tags: ['J4', 'J6'],
    },
    async () => {
      const visitor = server().visitor()
      const key = `k${'-'.repeat(63)}`
      const value = { texts, numbers, shapes, code }
      const { setSessionValue } = await visitor.data(set, { key, value })
      expect(setSessionValue).toEqual({ __typename: 'SessionSuccess', session: { value } })
      expect((await visitor.data(get, { key })).session.value).toEqual(value)
    },
  )

  describe('what no store could give back is refused, and nothing changes', () => {
    test.each([
      ['NUL', '"a\\u0000b"'],
      ['NUL in a name', '{"a\\u0000b": 1}'],
      ['half a character', '"\\ud83d"'],
      ['half a character in a name', '{"\\ude00": 1}'],
      ['a number that is none', '1e400'],
    ])(
      'what no store could give back is refused, and nothing changes: %s',
      { tags: ['J4'] },
      async (_what, value) => {
        const visitor = server().visitor()
        await visitor.data(set, { key: 'kept', value: 1 })
        // As text, because JSON.stringify would tidy it up.
        const response = await fetch(`${server().url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', cookie: `sessionid=${visitor.cookie}` },
          body: `{"query":${JSON.stringify(set)},"variables":{"key":"new","value":${value}}}`,
        })
        const { data, errors } = (await response.json()) as Record<string, never>
        const code = errors?.[0]?.['extensions']?.['code'] ?? data?.['setSessionValue']?.['code']
        expect(['INVALID_INPUT', 'BAD_USER_INPUT']).toContain(code)
        expect((await visitor.data(look)).session.keys).toEqual(['kept'])
      },
    )
  })

  test(
    'names that mean something to JavaScript give a visitor nothing more',
    {
      tags: ['J1'],
    },
    async () => {
      const visitor = await server().signedIn(name())
      const poison = '{"isStaff":true,"username":"chief","totalQuantity":9}'
      const nested = [
        `{"__proto__":${poison}}`,
        `{"a":[{"__proto__":${poison}}]}`,
        `{"constructor":{"prototype":${poison}}}`,
      ].map((text) => JSON.parse(text) as object)
      for (const key of ['__proto__', 'constructor', 'prototype', 'a'])
        for (const value of nested) await visitor.send(set, { key, value })
      await visitor.send(
        'mutation { setSessionValue(key: "b", value: { __proto__: { isStaff: true }, constructor: { prototype: { isStaff: true } } }) { __typename } }',
      )
      const seen = await visitor.data(look)
      expect(seen.me.isStaff).toBe(false)
      expect(seen.cart.totalQuantity).toBe(0)
      expect(seen.session.keys).not.toContain('__proto__')
      const { errors } = await visitor.send('{ sessions { totalCount } }')
      expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }])
      expect(await server().visitor().data('{ me { isStaff } session { keys } }')).toEqual({
        me: null,
        session: { keys: [] },
      })
      expect(({} as Record<string, unknown>)['isStaff']).toBeUndefined()
    },
  )

  test(
    'the fields of one document run in order, each on what the one before it stored',
    {
      tags: ['C14'],
    },
    async () => {
      const username = name()
      await server().signedIn(username)
      const visitor = server().visitor()
      const { data, setCookie } = await visitor.send(
        /* GraphQL */ `
          mutation ($username: String!, $password: String!) {
            a: addCartItem(input: { sku: "hat" }) {
              ...total
            }
            login(input: { username: $username, password: $password }) {
              __typename
            }
            b: addCartItem(input: { sku: "hat", quantity: 2 }) {
              ...total
            }
            c: setCartItemQuantity(input: { sku: "hat", quantity: 9 }) {
              ...total
            }
          }
          fragment total on CartResult {
            ... on CartSuccess {
              cart {
                totalQuantity
              }
            }
          }
        `,
        { username, password },
      )
      const totals = [data.a, data.b, data.c].map(({ cart }) => cart.totalQuantity)
      expect(totals).toEqual([1, 3, 9])
      expect(setCookie).toHaveLength(1)
      expect(await visitor.data(look)).toMatchObject({
        me: { username },
        cart: { totalQuantity: 9 },
      })
    },
  )
}
