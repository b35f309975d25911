import { badInput, beyond, data, served } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const tokens = beyond('GRAPHQL_MAX_TOKENS')
const depth = beyond('GRAPHQL_MAX_DEPTH')
const aliases = beyond('GRAPHQL_MAX_ALIASES')
const fields = beyond('GRAPHQL_MAX_FIELDS')
const directives = beyond('GRAPHQL_MAX_DIRECTIVES')
const roots = beyond('GRAPHQL_MAX_ROOT_MUTATIONS')

const list = <Item>(length: number, make: (index: number) => Item) =>
  Array.from({ length }, (_, index) => make(index))
const many = (length: number, make: (index: number) => string) => list(length, make).join(' ')
const ones = (count: number) => `{ session { value(key: "k", default: [${'1 '.repeat(count)}]) } }`
const aliased = (count: number, from = 0) => many(count, (n) => `a${from + n}: __typename`)
const clear = (count: number, from = 0) =>
  many(count, (n) => `m${from + n}: clearCart { __typename }`)
const doubled = (levels: number, leaf: string) =>
  `{ ...f0 } ${many(levels, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} }`)} fragment f${levels} on Query { ${leaf} }`

/** Users who have sessions that have users: as deep as a client likes. */
function chain(levels: number, step: (inner: string, level: number) => string): string {
  return list(levels - 1, (n) => levels - 1 - n).reduce((inner, level) => step(inner, level), 'id')
}
const names = ['me', 'sessions', 'nodes', 'user']
const types = ['Query', 'User', 'SessionRecordConnection', 'SessionRecord']
const nameAt = (level: number) => (level === 1 ? 'me' : names[1 + ((level - 2) % 3)]!)
const typeAt = (level: number) => (level === 1 ? 'Query' : types[1 + ((level - 2) % 3)]!)
const plain = (levels: number) =>
  `{ ${chain(levels, (inner, level) => `${nameAt(level)} { ${inner} }`)} }`
const inline = (levels: number) =>
  `{ ${chain(levels, (inner, level) => `... on ${typeAt(level)} { ${nameAt(level)} { ${inner} } }`)} }`
const spread = (levels: number) =>
  `{ ...d1 } ${many(levels - 1, (n) => `fragment d${n + 1} on ${typeAt(n + 1)} { ${nameAt(n + 1)} { ${n + 2 === levels ? 'id' : `...d${n + 2}`} } }`)}`

const entries: [attack: string, document: string, expect: Expected][] = [
  [
    'exactly 1,000 tokens',
    ones(985),
    data({ session: { value: Array.from({ length: 985 }, () => 1) } }),
  ],
  ['1,001 tokens', ones(986), tokens],
  ['20,000 tokens', ones(20_000), tokens],
  ['5,000 braces', '{'.repeat(5_000), tokens],
  ['5,000 fields in each other', `${'{a'.repeat(5_000)}${'}'.repeat(5_000)}`, tokens],
  [
    '40,000 lists in each other as a literal',
    `{ session { value(key: "k", default: ${'['.repeat(40_000)}`,
    tokens,
  ],
  ['2,000 directives', `{ __typename ${'@a '.repeat(2_000)} }`, tokens],
  ['1,000 anonymous operations', '{ a } '.repeat(1_000), tokens],
  [
    '490 lists in each other as a type',
    `query ($a: ${'['.repeat(490)}Int${']'.repeat(490)}) { __typename }`,
    badInput,
  ],

  ['exactly 10 levels', plain(10), data({ me: null })],
  ['11 levels', plain(11), depth],
  ['11 levels of inline fragments', inline(11), depth],
  ['11 levels of named fragments', spread(11), depth],
  ['50 levels', plain(50), depth],
  ['50 levels of inline fragments', inline(50), depth],
  ['50 levels of named fragments', spread(50), depth],
  ['11 levels that are skipped', plain(11).replace('me {', 'me @skip(if: true) {'), depth],
  [
    '11 levels in an operation that is not run',
    `query a { __typename } query b ${plain(11)}`,
    depth,
  ],
  [
    '11 levels of a mutation',
    `mutation { logout { session { user { sessions { nodes { user { sessions { nodes { user { sessions { totalCount } } } } } } } } } } }`,
    depth,
  ],
  [
    '11 levels of a subscription',
    `subscription { sessionEvents { ... on SessionChanged { session { user { sessions { nodes { user { sessions { nodes { user { sessions { totalCount } } } } } } } } } } } }`,
    depth,
  ],

  [
    'exactly 30 aliases',
    `{ ${aliased(30)} }`,
    data(Object.fromEntries(list(30, (n) => [`a${n}`, 'Query']))),
  ],
  ['31 aliases', `{ ${aliased(31)} }`, aliases],
  ['101 aliases', `{ ${aliased(101)} }`, aliases],
  ['31 aliases that change nothing', `{ ${many(31, () => '__typename: __typename')} }`, aliases],
  [
    '16 aliases in a fragment that is spread twice',
    `{ ...f ...f } fragment f on Query { ${aliased(16)} }`,
    aliases,
  ],
  [
    '31 aliases in two operations',
    `query a { ${aliased(16)} } query b { ${aliased(15)} }`,
    aliases,
  ],
  ['31 aliases below one field', `{ session { ${many(31, (n) => `a${n}: id`)} } }`, aliases],
  ['31 aliases that are skipped', `{ __typename ... @skip(if: true) { ${aliased(31)} } }`, aliases],

  ['exactly 250 fields', `{ ${many(250, () => '__typename')} }`, served],
  ['251 fields', `{ ${many(251, () => '__typename')} }`, fields],
  ['500 times the same object', `{ ${many(240, () => 'me { id }')} }`, fields],
  [
    '126 fields in a fragment that is spread twice',
    `{ ...f ...f } fragment f on Query { ${many(126, () => '__typename')} }`,
    fields,
  ],
  [
    '251 fields in two operations',
    `query a { ${many(126, () => '__typename')} } query b { ${many(125, () => '__typename')} }`,
    fields,
  ],
  ['a fragment doubled 24 times', doubled(24, '__typename'), fields],
  ['a fragment doubled 80 times', doubled(80, '__typename'), fields],
  [
    'a fragment tripled 50 times',
    `{ ...f0 } ${many(50, (n) => `fragment f${n} on Query { ...f${n + 1} ...f${n + 1} ...f${n + 1} }`)} fragment f50 on Query { __typename }`,
    fields,
  ],
  [
    'an inline fragment that doubles a named one, 20 times',
    `{ ...f0 } ${many(20, (n) => `fragment f${n} on Query { ... { ...f${n + 1} } ... on Query { ...f${n + 1} } }`)} fragment f20 on Query { __typename }`,
    fields,
  ],
  [
    'fields that overlap in pairs, 120 times',
    `{ ${many(120, () => 'cart { totalQuantity }')} }`,
    data({ cart: { totalQuantity: 0 } }),
  ],
  [
    'fields that overlap in three levels, 80 times',
    `{ ${many(80, () => 'cart { items { sku } }')} }`,
    data({ cart: { items: [] } }),
  ],
  [
    'fragments that overlap each with each, 40 of them',
    `{ ${many(40, (n) => `...o${n}`)} } ${many(40, (n) => `fragment o${n} on Query { cart { ...c${n} } }`)} ${many(40, (n) => `fragment c${n} on Cart { totalQuantity }`)}`,
    data({ cart: { totalQuantity: 0 } }),
  ],
  [
    'fields that contradict each other in pairs, 30 times',
    `{ session { ${many(15, () => 'x: id x: keys')} } }`,
    badInput,
  ],

  ['11 directives', `{ __typename ${'@include(if: true) '.repeat(11)} }`, directives],
  [
    '10 directives that are not there: five are named at most',
    `{ __typename ${many(10, (n) => `@no${n}`)} }`,
    badInput,
  ],
  [
    '11 directives on an operation',
    `query a ${many(11, (n) => `@no${n}`)} { __typename }`,
    directives,
  ],
  [
    '11 directives on a variable',
    `query ($a: JSON ${many(11, (n) => `@no${n}`)}) { session { value(key: "x", default: $a) } }`,
    directives,
  ],
  [
    '11 directives on fragments',
    `{ ${many(11, () => '... @include(if: true) { __typename }')} }`,
    directives,
  ],
  [
    '6 directives in a fragment that is spread twice',
    `{ ...f ...f } fragment f on Query { ${many(6, () => '... @include(if: true) { __typename }')} }`,
    directives,
  ],
  [
    '6 directives on a fragment that is spread twice',
    `{ ...f ...f } fragment f on Query ${many(6, (n) => `@no${n}`)} { __typename }`,
    directives,
  ],
  [
    'a directive doubled 30 times',
    doubled(30, '...z @skip(if: true)').concat(' fragment z on Query { __typename }'),
    badInput,
  ],

  ['11 mutations', `mutation { ${clear(11)} }`, roots],
  [
    '6 mutations in a fragment that is spread twice',
    `mutation { ...f ...f } fragment f on Mutation { ${clear(6)} }`,
    roots,
  ],
  [
    '11 mutations in inline fragments',
    `mutation { ${many(11, (n) => `... { ${clear(1, n)} }`)} }`,
    roots,
  ],
  [
    '11 mutations in two operations',
    `mutation a { ${clear(6)} } mutation b { ${clear(5)} }`,
    roots,
  ],
  [
    '11 mutations that are skipped',
    `mutation { ${many(11, (n) => `m${n}: clearCart @skip(if: true) { __typename }`)} }`,
    badInput,
  ],
  ['11 times __typename of a mutation', `mutation { ${many(11, () => '__typename')} }`, roots],

  ['a fragment that spreads itself', '{ ...f } fragment f on Query { __typename ...f }', badInput],
  [
    'a fragment that spreads itself below a field',
    '{ me { ...f } } fragment f on User { sessions { nodes { user { ...f } } } }',
    badInput,
  ],
  [
    'two fragments that spread each other',
    '{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }',
    badInput,
  ],
  [
    'three fragments in a circle',
    '{ ...f } fragment f on Query { ...g } fragment g on Query { ...h } fragment h on Query { ...f }',
    badInput,
  ],
  [
    'a circle that is skipped',
    '{ ...f } fragment f on Query { __typename ...f @skip(if: true) }',
    badInput,
  ],
  [
    'a circle that doubles',
    '{ ...f } fragment f on Query { ...g ...g } fragment g on Query { ...f ...f }',
    badInput,
  ],
  [
    'a circle that no operation enters',
    '{ __typename } fragment f on Query { ...g } fragment g on Query { ...f }',
    badInput,
  ],
  [
    'two fragments of one name, one of them a circle',
    '{ ...f } fragment f on Query { ...f } fragment f on Query { __typename }',
    badInput,
  ],
]

/** Documents that are larger than they may be, on both sides of each bound, however they hide it. */
export const bounds: readonly Hostile[] = [
  ...entries.map(([attack, document, expect]) => ({
    attack,
    document,
    operationName: /^(query|mutation) a /.test(document) ? 'a' : undefined,
    expect,
  })),
  {
    attack: '101 aliases by GET',
    method: 'GET',
    path: `/graphql?query=${encodeURIComponent(`{ ${aliased(101)} }`)}`,
    expect: aliases,
  },
  {
    attack: '31 aliases, from a client that takes 200 for an answer',
    document: `{ ${aliased(31)} }`,
    headers: { accept: 'application/json' },
    expect: aliases,
  },
  {
    attack: '1,001 tokens, from a client that listens to events',
    document: ones(986),
    headers: { accept: 'text/event-stream' },
    expect: { statuses: [400] },
  },
]
