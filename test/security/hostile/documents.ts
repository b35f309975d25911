import { badInput, data, served } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const malformed: [attack: string, document: string][] = [
  ['nothing', ''],
  ['only commas', ',,,,'],
  ['only a comment', '# { __typename }'],
  ['a brace that never closes', '{'],
  ['a brace that never opened', '}'],
  ['one brace too many', '{ __typename }}'],
  ['nothing in the braces', '{}'],
  ['a field of nothing', '{ me {} }'],
  ['a text that never ends', '{ session { value(key: "x } }'],
  ['a block text that never ends', '{ session { value(key: """x) } }'],
  ['an escape that is none', '{ session { value(key: "\\q") } }'],
  ['half a character in an escape', '{ session { value(key: "\\uD800") } }'],
  ['half a character in a long escape', '{ session { value(key: "\\u{DFFF}") } }'],
  ['a character past the last', '{ session { value(key: "\\u{110000}") } }'],
  ['an escape of 10,000 digits', `{ session { value(key: "\\u{${'0'.repeat(10_000)}}") } }`],
  ['a NUL between tokens', '{ __typename \0 }'],
  ['a control character between tokens', '{ \u0007 __typename }'],
  ['a name in another alphabet', '{ mе { id } }'],
  ['an emoji as a field', '{ 🧥 }'],
  ['a separator of lines that is none', '{ __typename \u2028 }'],
  ['text that reads backwards', '{ \u202e__typename }'],
  ['a space that is none', '{ me\u00a0{ id } }'],
  ['a number with a leading zero', 'mutation { setSessionExpiry(seconds: 007) { __typename } }'],
  ['a number that runs into a name', 'mutation { setSessionExpiry(seconds: 1x) { __typename } }'],
  ['a spread of nothing', '{ ... }'],
  ['a fragment named on', 'fragment on on Query { me { id } } { ...on }'],
  ['a variable without a name', 'query ($: Int) { __typename }'],
  ['JSON', '{"query":"{ __typename }"}'],
  ['SQL', "SELECT * FROM User WHERE '1'='1'"],
  ['a template', '{{ constructor.constructor("return process")() }}'],
]

const invalid: [attack: string, document: string][] = [
  ['a schema instead of a document', 'type Query { isStaff: Boolean }'],
  ['a type that is to be extended', '{ __typename } extend type User { passwordHash: String }'],
  ['a schema with other roots', '{ __typename } schema { query: Mutation }'],
  ['a directive of their own', '{ __typename @own } directive @own on FIELD'],
  ['a fragment and no operation', 'fragment a on Query { me { id } }'],
  ['two operations without names', '{ __typename } { __typename }'],
  ['two operations of one name', 'query a { __typename } query a { __typename }'],
  ['a nameless operation beside a named one', '{ __typename } query a { __typename }'],
  ['the hash of a password', '{ me { passwordHash } }'],
  ['the epoch of a user', '{ me { epoch } }'],
  ['the key of a session', '{ session { key } }'],
  ['a field of the prototype', '{ constructor { name } }'],
  ['a field of every object', '{ toString hasOwnProperty valueOf }'],
  ['the prototype itself', '{ __proto__ { isStaff } }'],
  ['a field almost right', '{ mee { id } }'],
  ['a field of a user almost right', '{ me { usernam } }'],
  ['an argument almost right', '{ session { valeu(key: "a") value(kye: "a") } }'],
  ['a type almost right', '{ ... on Qery { __typename } }'],
  ['the type of a variable almost right', 'query ($a: Strin) { session { value(key: $a) } }'],
  ['a directive almost right', '{ __typename @skp(if: true) }'],
  ['a theme almost right', 'mutation { updatePreferences(input: { theme: DRAK }) { __typename } }'],
  [
    'a field of an input almost right',
    'mutation { login(input: { usernam: "a", password: "b" }) { __typename } }',
  ],
  ['a variable almost right', 'query ($key: String!) { session { value(key: $kye) } }'],
  ['a fragment almost right', '{ ...Visitor } fragment Vistor on Query { __typename }'],
  ['an argument left out', '{ session { value } }'],
  ['an argument given twice', '{ session { value(key: "a", key: "b") } }'],
  ['a variable named twice', 'query ($a: String!, $a: JSON) { session { value(key: $a) } }'],
  [
    'an input field given twice',
    'mutation { addCartItem(input: { sku: "a", sku: "b" }) { __typename } }',
  ],
  ['a variable that no field uses', 'query ($a: String) { __typename }'],
  ['a variable that is not defined', '{ session { value(key: $key) } }'],
  ['a fragment that is not there', '{ ...ghost }'],
  ['a fragment that is not spread', '{ __typename } fragment a on Query { me { id } }'],
  ['a fragment on a scalar', '{ ...a } fragment a on String { length }'],
  ['a fragment on an input', '{ ... on LoginInput { password } }'],
  ['a fragment where it never fits', '{ me { ... on Cart { totalQuantity } } }'],
  ['fields of a scalar', '{ session { id { length } } }'],
  ['an object without fields', '{ me }'],
  [
    'a prototype in an input',
    'mutation { addCartItem(input: { sku: "a", __proto__: { quantity: 5 } }) { __typename } }',
  ],
  ['an answer in parts', '{ me { id ... @defer { username } } }'],
  ['a list in parts', '{ cart { items @stream(initialCount: 0) { sku } } }'],
  ['two fields under one name', '{ me { a: id a: username } }'],
  ['two calls under one name', '{ session { a: value(key: "a") a: value(key: "b") } }'],
  [
    'two subscriptions in one',
    'subscription { sessionEvents { __typename } a: sessionEvents { __typename } }',
  ],
  ['__typename as a subscription', 'subscription { __typename }'],
  ['a mutation in a query', '{ logout { session { id } } }'],
  ['a query in a mutation', 'mutation { me { id } }'],
  ['a mutation behind an inline fragment', '{ ... on Mutation { logout { session { id } } } }'],
  ['introspection: the schema', '{ __schema { types { name } } }'],
  ['introspection: a type', '{ __type(name: "User") { fields { name } } }'],
  ['introspection under an alias', '{ innocent: __schema { queryType { name } } }'],
  ['introspection over two lines', '{ __schema\n{ types\n{ name } } }'],
  ['introspection behind a comma and a comment', '{ ,,__schema#x\n{ types { name } } }'],
  ['introspection in a fragment', '{ ...a } fragment a on Query { __schema { types { name } } }'],
  ['introspection in an inline fragment', '{ ... on Query { __type(name: "User") { name } } }'],
  ['introspection that is skipped', '{ __typename __schema @skip(if: true) { types { name } } }'],
  [
    'introspection in an operation that is not run',
    'query a { __typename } query b { __schema { types { name } } }',
  ],
  ['introspection in a mutation', 'mutation { __schema { types { name } } }'],
  ['a fragment on an introspection type', '{ ...a } fragment a on __Schema { types { name } }'],
]

const kept: [attack: string, document: string, expect: Expected][] = [
  ['a byte order mark in front', '\ufeff{ __typename }', served],
  ['a NUL in a text', '{ session { value(key: "a\0b") } }', data({ session: { value: null } })],
  ['a comment that reads backwards', '{ __typename } # \u202e } me {', served],
  ['90,000 commas', `{ __typename ${','.repeat(90_000)} }`, served],
  ['a comment of 90,000 characters', `{ __typename } #${'x'.repeat(90_000)}`, served],
  ['a name of 50,000 characters', `query ${'x'.repeat(50_000)} { __typename }`, served],
  [
    '300 inline fragments in each other',
    `${'{ ...'.repeat(300)} { __typename }${'}'.repeat(300)}`,
    served,
  ],
  ['__proto__ as an alias', '{ __proto__: __typename }', data(JSON.parse('{"__proto__":"Query"}'))],
  [
    '__proto__ as the alias of an object',
    '{ __proto__: cart { isStaff: totalQuantity } }',
    data(JSON.parse('{"__proto__":{"isStaff":0}}')),
  ],
  [
    'constructor and prototype as aliases',
    '{ constructor: cart { prototype: totalQuantity } }',
    data({ constructor: { prototype: 0 } }),
  ],
  [
    'the methods of every object as aliases',
    '{ toString: __typename valueOf: __typename hasOwnProperty: __typename }',
    data({ toString: 'Query', valueOf: 'Query', hasOwnProperty: 'Query' }),
  ],
  [
    'then and toJSON as aliases',
    '{ then: __typename toJSON: cart { then: totalQuantity } }',
    data(JSON.parse('{"then":"Query","toJSON":{"then":0}}')),
  ],
  [
    'the members of an answer as aliases',
    '{ data: __typename errors: __typename extensions: __typename }',
    data({ data: 'Query', errors: 'Query', extensions: 'Query' }),
  ],
  [
    'the insides of Yoga as aliases',
    '{ http: cart { status: totalQuantity } headers: __typename initialValue: __typename }',
    data({ http: { status: 0 }, headers: 'Query', initialValue: 'Query' }),
  ],
  [
    '__proto__ as the alias of a mutation',
    'mutation { __proto__: clearCart { __typename } }',
    data(JSON.parse('{"__proto__":{"__typename":"CartSuccess"}}')),
  ],
  [
    'a value under the name __proto__',
    '{ session { value(key: "__proto__") } }',
    data({ session: { value: null } }),
  ],
  [
    'a value under the name constructor',
    '{ session { value(key: "constructor") } }',
    data({ session: { value: null } }),
  ],
  [
    'a value under the name toString',
    '{ session { value(key: "toString") } }',
    data({ session: { value: null } }),
  ],
]

const named: [attack: string, operationName: string, document: string, expect: Expected][] = [
  ['an operation that is not there', 'b', 'query a { __typename }', badInput],
  [
    'one of several operations, and none is named',
    '',
    'query a { __typename } mutation b { clearSession { __typename } }',
    badInput,
  ],
  ['an operation of the prototype', '__proto__', 'query a { __typename }', badInput],
  ['an operation that every object has', 'toString', 'query a { __typename }', badInput],
  ['an operation of 90,000 characters', 'x'.repeat(90_000), 'query a { __typename }', badInput],
  [
    'an operation that would forge a line',
    'a\r\n{"level":60,"forged":true}',
    'query a { __typename }',
    badInput,
  ],
  [
    'a mutation beside the query that is run',
    'a',
    'query a { __typename } mutation b { addCartItem(input: { sku: "a" }) { __typename } }',
    served,
  ],
]

const circle = (depth: number): string =>
  depth === 0 ? 'name' : `type { fields { ${circle(depth - 1)} } }`

const introspected: [attack: string, document: string, expect: Expected][] = [
  ['introspection in a circle', `{ __schema { types { fields { ${circle(3)} } } } }`, badInput],
  [
    'introspection in a circle of fragments',
    `{ __schema { types { ...t } } } fragment t on __Type { fields { type { ...u } } } fragment u on __Type { fields { type { ...v } } } fragment v on __Type { fields { type { fields { name } } } }`,
    badInput,
  ],
  [
    'introspection in a circle of interfaces',
    '{ __schema { types { possibleTypes { interfaces { possibleTypes { interfaces { possibleTypes { name } } } } } } } }',
    badInput,
  ],
  ['a type of the prototype', '{ __type(name: "__proto__") { name } }', data({ __type: null })],
  ['a type that every object has', '{ __type(name: "toString") { name } }', data({ __type: null })],
]

/** Documents: malformed, invalid and curious, and the operations in them. */
export const documents: readonly Hostile[] = [
  ...malformed.map(([attack, document]) => ({
    attack: `malformed: ${attack}`,
    document,
    expect: badInput,
  })),
  ...invalid.map(([attack, document]) => ({
    attack: `invalid: ${attack}`,
    document,
    operationName: /query a .* query b/.test(document) ? 'a' : undefined,
    expect: badInput,
  })),
  ...kept.map(([attack, document, expect]) => ({ attack, document, expect })),
  ...named.map(([attack, operationName, document, expect]) => ({
    attack,
    operationName,
    document,
    expect,
  })),
  ...introspected.map(([attack, document, expect]): Hostile => ({
    attack,
    at: 'open',
    document,
    expect,
  })),
]
