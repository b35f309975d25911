import { badInput } from './entry.ts'
import type { Hostile } from './entry.ts'

/** What graphql-js makes of variables: nothing of the schema, and nothing of what was stored, may be told. */
const coerced: [attack: string, document: string, variables: unknown][] = [
  [
    'a theme almost right',
    'mutation ($i: PreferencesInput!) { updatePreferences(input: $i) { __typename } }',
    { i: { theme: 'DRAK' } },
  ],
  [
    'a theme of the prototype',
    'mutation ($i: PreferencesInput!) { updatePreferences(input: $i) { __typename } }',
    { i: { theme: 'constructor' } },
  ],
  [
    'a theme by its number',
    'mutation ($i: PreferencesInput!) { updatePreferences(input: $i) { __typename } }',
    { i: { theme: 0 } },
  ],
  [
    'a field of an input almost right',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { usernam: 'a', password: 'b' } },
  ],
  [
    'isStaff beside the right password',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { username: 'mallory', password: '<<PASSWORD>>', isStaff: true } },
  ],
  [
    'a staff user who registers',
    'mutation ($i: RegisterInput!) { register(input: $i) { __typename } }',
    { i: { username: 'root', password: 'correct horse battery', isStaff: true } },
  ],
  [
    'a prototype that registers',
    'mutation ($i: RegisterInput!) { register(input: $i) { __typename } }',
    JSON.parse(
      '{"i":{"username":"root","password":"correct horse battery","__proto__":{"isStaff":true}}}',
    ),
  ],
  [
    'a constructor that registers',
    'mutation ($i: RegisterInput!) { register(input: $i) { __typename } }',
    { i: { username: 'root', password: 'correct horse battery', constructor: { isStaff: true } } },
  ],
  [
    'a list where an object belongs',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: [{ username: 'admin', password: '' }] },
  ],
  [
    'null where something belongs',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: null },
  ],
  [
    'nothing where something belongs',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    {},
  ],
  [
    'an operator for a username',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { username: { not: '' }, password: 'x' } },
  ],
  [
    'an operator for a password',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { username: 'admin', password: { $ne: 1 } } },
  ],
  [
    'a list for a username',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { username: ['admin'], password: 'x' } },
  ],
  [
    '0 for a password',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { username: 'admin', password: 0 } },
  ],
  [
    'true for a password',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { username: 'admin', password: true } },
  ],
  [
    '"true" for a flag',
    'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
    { i: { username: 'a', password: 'b', rememberMe: 'true' } },
  ],
  [
    'an object for a sku',
    'mutation ($s: ID!) { removeCartItem(sku: $s) { __typename } }',
    { s: { toString: 'a' } },
  ],
  [
    'a fraction for a sku',
    'mutation ($s: ID!) { removeCartItem(sku: $s) { __typename } }',
    { s: 1.5 },
  ],
  ['true for an id', 'mutation ($id: ID!) { revokeSession(id: $id) { __typename } }', { id: true }],
  [
    'a list for an id',
    'mutation ($id: ID!) { revokeSession(id: $id) { __typename } }',
    { id: ['a'] },
  ],
]

/** Variables of other types than the document says, in every spelling. */
export const variables: readonly Hostile[] = coerced.map(([attack, document, variables]) => {
  return { attack, document, variables, expect: badInput }
})
