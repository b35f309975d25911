import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClock, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const clock = createClock()
let server: TestServer
beforeAll(async () => {
  server = await startServer({}, { now: clock.now })
})
afterAll(() => server.stop())

describe('preferences', () => {
  const update = /* GraphQL */ `
    mutation ($input: PreferencesInput!) {
      updatePreferences(input: $input) {
        ... on UpdatePreferencesSuccess {
          preferences {
            theme
            locale
            timeZone
            currency
          }
        }
        ... on InvalidInputError {
          code
          fields {
            path
            message
          }
        }
      }
    }
  `

  test('preferences are the defaults until a visitor sets one, and then only that one changes', async () => {
    const visitor = server.visitor()
    const { preferences } = await visitor.data('{ preferences { theme locale timeZone currency } }')
    expect(preferences).toEqual({ theme: 'SYSTEM', locale: 'en', timeZone: 'UTC', currency: 'USD' })
    await visitor.data(update, { input: { theme: 'DARK', currency: 'eur' } })
    const { updatePreferences } = await visitor.data(update, {
      input: { locale: 'en-gb', timeZone: 'Europe/Madrid', theme: null },
    })
    expect(updatePreferences.preferences).toEqual({
      theme: 'DARK',
      locale: 'en-GB',
      timeZone: 'Europe/Madrid',
      currency: 'EUR',
    })
  })

  test('updatePreferences without a value starts no session', async () => {
    const { setCookie } = await server.visitor().send(update, { input: {} })
    expect(setCookie).toEqual([])
  })

  test.each([
    ['locale', 'not a locale'],
    ['locale', 'en_GB'],
    ['locale', ''],
    ['timeZone', 'Mars/Olympus'],
    ['timeZone', '+01:00'],
    ['timeZone', ''],
    ['currency', 'ZZZZ'],
    ['currency', 'XQQ'],
    ['currency', ''],
  ])('updatePreferences refuses as %s the value %j', async (field, value) => {
    const visitor = server.visitor()
    const { updatePreferences } = await visitor.data(update, { input: { [field]: value } })
    expect(updatePreferences).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: [field] }] })
    expect(visitor.cookie).toBeNull()
  })

  test('updatePreferences with an unknown theme is a malformed request', async () => {
    const { errors } = await server.visitor().send(update, { input: { theme: 'PINK' } })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
  })
})

describe('the cart', () => {
  const result = /* GraphQL */ `
    {
      __typename
      ... on CartSuccess {
        cart {
          items {
            sku
            quantity
            addedAt
          }
          totalQuantity
        }
      }
      ... on InvalidInputError {
        code
        fields {
          path
        }
      }
      ... on NotFoundError {
        code
      }
    }
  `
  const add = `mutation ($input: CartItemInput!) { result: addCartItem(input: $input) ${result} }`
  const set = `mutation ($input: CartItemQuantityInput!) { result: setCartItemQuantity(input: $input) ${result} }`
  const remove = `mutation ($sku: ID!) { result: removeCartItem(sku: $sku) ${result} }`
  const skus = (answer: { result: { cart: { items: { sku: string; quantity: number }[] } } }) =>
    answer.result.cart.items.map(({ sku, quantity }) => `${sku}×${quantity}`)

  test('the cart adds to a line or starts one, sets, removes and clears', async () => {
    const visitor = server.visitor()
    await visitor.data(add, { input: { sku: 'hat' } })
    const added = await visitor.data(add, { input: { sku: 'hat', quantity: 2 } })
    expect(skus(added)).toEqual(['hat×3'])
    expect(added.result.cart.items[0].addedAt).toBe(new Date(clock.now()).toISOString())
    expect(skus(await visitor.data(set, { input: { sku: 'coat', quantity: 5 } }))).toEqual([
      'hat×3',
      'coat×5',
    ])
    expect(skus(await visitor.data(set, { input: { sku: 'hat', quantity: 0 } }))).toEqual([
      'coat×5',
    ])
    expect(skus(await visitor.data(set, { input: { sku: 'nothing', quantity: 0 } }))).toEqual([
      'coat×5',
    ])
    expect((await visitor.data(remove, { sku: 'hat' })).result.code).toBe('NOT_FOUND')
    expect(skus(await visitor.data(remove, { sku: 'coat' }))).toEqual([])
    await visitor.data(add, { input: { sku: 'hat' } })
    expect(skus(await visitor.data(`mutation { result: clearCart ${result} }`))).toEqual([])
  })

  test.each([
    [add, { sku: 'hat', quantity: 0 }, 'quantity'],
    [add, { sku: 'hat', quantity: -1 }, 'quantity'],
    [add, { sku: 'hat', quantity: 1000 }, 'quantity'],
    [set, { sku: 'hat', quantity: -1 }, 'quantity'],
    [set, { sku: 'hat', quantity: 1000 }, 'quantity'],
    [add, { sku: '', quantity: 1 }, 'sku'],
    [add, { sku: 'x'.repeat(65), quantity: 1 }, 'sku'],
    [add, { sku: 'a\u0000', quantity: 1 }, 'sku'],
    [add, { sku: '\ud800', quantity: 1 }, 'sku'],
  ])(
    'the cart refuses what does not fit (%#)',
    { tags: ['J5'] },
    async (document, input, field) => {
      const visitor = server.visitor()
      const { result: answer } = await visitor.data(document, { input })
      expect(answer).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path: [field] }] })
      expect(visitor.cookie).toBeNull()
    },
  )

  test(
    'the cart takes 999 of a line and 100 lines, and refuses one more without a change',
    { tags: ['J5'] },
    async () => {
      const visitor = server.visitor()
      await visitor.data(add, { input: { sku: 'hat', quantity: 998 } })
      await visitor.data(add, { input: { sku: 'hat', quantity: 1 } })
      expect((await visitor.data(add, { input: { sku: 'hat' } })).result.code).toBe('INVALID_INPUT')
      for (let line = 1; line < 100; line++) await visitor.data(add, { input: { sku: `s${line}` } })
      expect((await visitor.data(add, { input: { sku: 'more' } })).result.code).toBe(
        'INVALID_INPUT',
      )
      expect((await visitor.data('{ cart { totalQuantity items { sku } } }')).cart).toMatchObject({
        totalQuantity: 999 + 99,
        items: { length: 100 },
      })
    },
  )
})

describe("the visitor's own values", () => {
  const set = /* GraphQL */ `
    mutation ($key: String!, $value: JSON!) {
      setSessionValue(key: $key, value: $value) {
        ... on SessionSuccess {
          session {
            keys
            value(key: $key)
          }
        }
        ... on Error {
          code
        }
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

  test.each([
    [0],
    [''],
    [false],
    [1.5],
    ['ünï ☂'],
    [[]],
    [{}],
    [[1, [2, { three: [null] }]]],
    [{ nested: { deep: 'yes' }, constructor: 'mine', toString: 'too' }],
  ])('a visitor’s own value comes back as it was given: %j', async (value) => {
    const visitor = server.visitor()
    await visitor.data(set, { key: 'thing', value })
    expect((await visitor.data('{ session { value(key: "thing") } }')).session.value).toEqual(value)
  })

  test('a visitor’s own value gives the default where there is none, or null, and keys are sorted', async () => {
    const visitor = server.visitor()
    for (const key of ['b', 'a', 'C']) await visitor.data(set, { key, value: key })
    const { session } = await visitor.data(
      '{ session { keys a: value(key: "a") none: value(key: "none") given: value(key: "none", default: [1]) } }',
    )
    expect(session).toEqual({ keys: ['C', 'a', 'b'], a: 'a', none: null, given: [1] })
  })

  test.each([[''], ['1a'], ['_a'], ['__proto__'], ['a b'], ['a'.repeat(65)], ['ä'], ['a\n']])(
    'setSessionValue refuses the key %j',
    { tags: ['J2'] },
    async (key) => {
      const visitor = server.visitor()
      expect((await visitor.data(set, { key, value: 1 })).setSessionValue).toMatchObject({
        code: 'INVALID_INPUT',
        fields: [{ path: ['key'] }],
      })
      expect(visitor.cookie).toBeNull()
    },
  )

  test(
    'setSessionValue takes names of the server and of JavaScript for mere names',
    { tags: ['J1', 'J2'] },
    async () => {
      const visitor = server.visitor()
      for (const key of [
        'cart',
        'preferences',
        'values',
        'auth',
        'constructor',
        'toString',
        'hasOwnProperty',
      ]) {
        expect(
          (await visitor.data(set, { key, value: 'mine' })).setSessionValue.session.value,
        ).toBe('mine')
      }
      expect(
        await visitor.data('{ me { id } cart { totalQuantity } preferences { theme } }'),
      ).toEqual({
        me: null,
        cart: { totalQuantity: 0 },
        preferences: { theme: 'SYSTEM' },
      })
      const { session } = await server.visitor().data('{ session { value(key: "constructor") } }')
      expect(session.value).toBeNull()
    },
  )

  test(
    'setSessionValue takes sixteen levels, and refuses seventeen, and a name __proto__ at any level',
    { tags: ['J1', 'J3'] },
    async () => {
      const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
      const visitor = server.visitor()
      expect(
        (await visitor.data(set, { key: 'deep', value: nested(16) })).setSessionValue.session.keys,
      ).toEqual(['deep'])
      const poisoned = JSON.parse('{"a":[{"__proto__":{"isStaff":true}}]}')
      for (const value of [nested(17), nested(500), poisoned]) {
        expect((await visitor.data(set, { key: 'deeper', value })).setSessionValue).toMatchObject({
          code: 'INVALID_INPUT',
          fields: [{ path: ['value'] }],
        })
      }
    },
  )

  test(
    'setSessionValue takes a hundred keys and 64 KB, and refuses more without a change',
    { tags: ['J3'] },
    async () => {
      const visitor = server.visitor()
      for (let at = 0; at < 100; at++) await visitor.data(set, { key: `key${at}`, value: at })
      expect((await visitor.data(set, { key: 'more', value: 1 })).setSessionValue.code).toBe(
        'INVALID_INPUT',
      )
      const { setSessionValue } = await visitor.data(set, {
        key: 'key1',
        value: 'x'.repeat(66_000),
      })
      expect(setSessionValue).toEqual({ code: 'SESSION_TOO_LARGE', limit: 65_536 })
      const { session } = await visitor.data('{ session { keys value(key: "key1") } }')
      expect(session).toMatchObject({ keys: { length: 100 }, value: 1 })
    },
  )

  test('deleteSessionValue of a key that is not there succeeds, and starts no session', async () => {
    const remove =
      'mutation ($key: String!) { deleteSessionValue(key: $key) { ... on SessionSuccess { session { keys } } } }'
    expect((await server.visitor().send(remove, { key: 'nothing' })).setCookie).toEqual([])
    const visitor = server.visitor()
    await visitor.data(set, { key: 'a', value: 1 })
    await visitor.data(set, { key: 'b', value: 1 })
    expect((await visitor.data(remove, { key: 'a' })).deleteSessionValue.session.keys).toEqual([
      'b',
    ])
  })

  test('clearSession forgets every value, and the user stays signed in', async () => {
    const visitor = await server.signedIn('ada')
    await visitor.data(set, { key: 'a', value: 1 })
    await visitor.data('mutation { addCartItem(input: { sku: "a" }) { __typename } }')
    await visitor.data('mutation { updatePreferences(input: { theme: DARK }) { __typename } }')
    await visitor.data('mutation { clearSession { __typename } }')
    expect(
      await visitor.data(
        '{ me { username } session { keys } cart { totalQuantity } preferences { theme } }',
      ),
    ).toEqual({
      me: { username: 'ada' },
      session: { keys: [] },
      cart: { totalQuantity: 0 },
      preferences: { theme: 'SYSTEM' },
    })
    expect(
      (await server.visitor().send('mutation { clearSession { __typename } }')).setCookie,
    ).toEqual([])
  })
})

describe('expiry', () => {
  const expire = /* GraphQL */ `
    mutation ($seconds: Int) {
      setSessionExpiry(seconds: $seconds) {
        ... on SessionSuccess {
          session {
            expiresAt
            expiresAtBrowserClose
          }
        }
        ... on InvalidInputError {
          code
          fields {
            path
          }
        }
      }
    }
  `
  const isAlive = async (cookie: string | null) =>
    (await server.visitor(cookie).data('{ session { id } }')).session.id !== null
  const started = async () => {
    const visitor = server.visitor()
    await visitor.data('mutation { addCartItem(input: { sku: "a" }) { __typename } }')
    return visitor
  }

  test(
    'setSessionExpiry to seconds ends the session after that inactivity, on the server and at the instant',
    { tags: ['B18'] },
    async () => {
      const visitor = await started()
      const { setCookie } = await visitor.send(expire, { seconds: 10 })
      expect(setCookie[0]).toContain('Max-Age=10;')
      clock.advance(999)
      expect(await isAlive(visitor.cookie)).toBe(true) // too early to be written down: the end stays
      clock.advance(9_000)
      expect(await isAlive(visitor.cookie)).toBe(true) // written down: ten seconds more
      clock.advance(10_000)
      expect(await isAlive(visitor.cookie)).toBe(false)
    },
  )

  test(
    'setSessionExpiry to 0 lets the cookie go with the browser, and the idle clock of the server still runs',
    { tags: ['B18'] },
    async () => {
      const visitor = await started()
      const { setCookie, data } = await visitor.send(expire, { seconds: 0 })
      expect(setCookie[0]).not.toContain('Max-Age')
      expect(data.setSessionExpiry.session.expiresAtBrowserClose).toBe(true)
      clock.advance(300_000)
      expect(await isAlive(visitor.cookie)).toBe(false)
    },
  )

  test(
    'setSessionExpiry to null goes back to the setting of the server',
    { tags: ['B18'] },
    async () => {
      const visitor = await started()
      await visitor.data(expire, { seconds: 1000 })
      const { setSessionExpiry } = await visitor.data(expire, { seconds: null })
      expect(Date.parse(setSessionExpiry.session.expiresAt)).toBe(clock.now() + 300_000)
    },
  )

  test.each([[-1], [2_592_001]])('setSessionExpiry refuses %i seconds', async (seconds) => {
    const visitor = server.visitor()
    expect((await visitor.data(expire, { seconds })).setSessionExpiry).toMatchObject({
      code: 'INVALID_INPUT',
      fields: [{ path: ['seconds'] }],
    })
    expect(visitor.cookie).toBeNull()
  })

  test('the absolute clock ends a session whatever its activity', async () => {
    const short = await startServer({ SESSION_ABSOLUTE_AGE: '600' }, { now: clock.now })
    const visitor = await short.signedIn('ada')
    const alive = async () => (await visitor.data('{ me { id } }')).me !== null
    for (let minute = 0; minute < 4; minute++) {
      clock.advance(120_000)
      expect(await alive()).toBe(true)
    }
    clock.advance(119_999)
    expect(await alive()).toBe(true)
    clock.advance(1)
    expect(await alive()).toBe(false)
    await short.stop()
  })

  test('with SESSION_SAVE_EVERY_REQUEST=false reading postpones nothing, and writing does', async () => {
    const still = await startServer({ SESSION_SAVE_EVERY_REQUEST: 'false' }, { now: clock.now })
    const visitor = still.visitor()
    const add = 'mutation { addCartItem(input: { sku: "a" }) { __typename } }'
    const read = async () => (await visitor.data('{ cart { totalQuantity } }')).cart.totalQuantity
    await visitor.data(add)
    clock.advance(200_000)
    await visitor.data(add)
    clock.advance(299_999)
    expect(await read()).toBe(2)
    clock.advance(1)
    expect(await read()).toBe(0)
    await still.stop()
  })

  test('with SESSION_EXPIRE_AT_BROWSER_CLOSE a cookie has no Max-Age unless the session says otherwise', async () => {
    const closing = await startServer(
      { SESSION_EXPIRE_AT_BROWSER_CLOSE: 'true' },
      { now: clock.now },
    )
    const visitor = closing.visitor()
    const { setCookie } = await visitor.send(
      'mutation { addCartItem(input: { sku: "a" }) { __typename } }',
    )
    expect(setCookie[0]).not.toContain('Max-Age')
    expect(
      (await visitor.data('{ session { expiresAtBrowserClose } }')).session.expiresAtBrowserClose,
    ).toBe(true)
    expect((await visitor.send(expire, { seconds: 60 })).setCookie[0]).toContain('Max-Age=60;')
    await closing.stop()
  })
})
