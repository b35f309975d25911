import { badInput, data, refusal } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const refused = refusal('INVALID_INPUT')
const began = (content: unknown): Expected => ({ ...data(content), begins: true })

const addItem =
  'mutation ($sku: ID!, $quantity: Int!) { addCartItem(input: { sku: $sku, quantity: $quantity }) { ... on CartSuccess { cart { items { sku quantity } } } ... on Error { code } } }'
const setItem =
  'mutation ($quantity: Int!) { setCartItemQuantity(input: { sku: "a", quantity: $quantity }) { __typename ... on Error { code } } }'

const skus: [attack: string, sku: unknown, expect?: Expected][] = [
  ['nothing', ''],
  ['65 characters', 'x'.repeat(65)],
  ['90,000 characters', 'x'.repeat(90_000)],
  ['a NUL', 'a\0b'],
  ['a line', 'a\r\nb'],
  ['colours of a terminal', '\u001b[31m'],
  ['text that reads backwards', '\u202eabc'],
  ['a space of no width', 'a\u200bb'],
  ['half a character', '\ud800'],
  ['null', null, badInput],
]
const goodSkus = [
  '__proto__',
  'constructor',
  "'; DROP TABLE x; --",
  '<img src=x onerror=alert(1)>',
  '../../etc/passwd',
  '{{7*7}}${7*7}',
  '%s%n',
]

const quantities: [quantity: unknown, expect: Expected][] = [
  [0, refused],
  [-1, refused],
  [1000, refused],
  [2_147_483_647, refused],
  [-2_147_483_648, refused],
  [2_147_483_648, badInput],
  [1e21, badInput],
  [1.5, badInput],
  ['1', badInput],
  ['NaN', badInput],
  [true, badInput],
  [[1], badInput],
  [null, badInput],
]

/** Carts: skus and quantities that break a rule, or only look as if they did. */
export const carts: readonly Hostile[] = [
  ...skus.map(([attack, sku, expect = refused]): Hostile => {
    return {
      attack: `a sku of ${attack}`,
      document: addItem,
      variables: { sku, quantity: 1 },
      expect,
    }
  }),
  ...goodSkus.map((sku): Hostile => {
    return {
      attack: `the sku ${sku}, which is text`,
      document: addItem,
      variables: { sku, quantity: 2 },
      expect: began({ addCartItem: { cart: { items: [{ sku, quantity: 2 }] } } }),
    }
  }),
  ...quantities.map(([quantity, expect]): Hostile => {
    return {
      attack: `a quantity of ${JSON.stringify(quantity)}`,
      shows: ['J5'],
      document: addItem,
      variables: { sku: 'a', quantity },
      expect,
    }
  }),
  {
    attack: 'a line of -1',
    shows: ['J5'],
    document: setItem,
    variables: { quantity: -1 },
    expect: refused,
  },
  {
    attack: 'a line of 1,000',
    shows: ['J5'],
    document: setItem,
    variables: { quantity: 1000 },
    expect: refused,
  },
  {
    attack: 'the quantity of a line that would pass 999 in two steps',
    document:
      'mutation { addCartItem(input: { sku: "a", quantity: 999 }) { __typename } b: addCartItem(input: { sku: "a" }) { ... on Error { code } } }',
    expect: began({ addCartItem: { __typename: 'CartSuccess' }, b: { code: 'INVALID_INPUT' } }),
  },
  {
    attack: 'a line of the prototype that is not there',
    document: 'mutation { removeCartItem(sku: "__proto__") { ... on Error { code } } }',
    expect: refusal('NOT_FOUND'),
  },
]
