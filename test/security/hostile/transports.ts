import { badInput, data, fieldError, nobody, query, refusedWith, served, whoami } from './entry.ts'
import type { Hostile } from './entry.ts'

const addItem = 'mutation { addCartItem(input: { sku: "a" }) { __typename } }'
const allow = { allow: 'GET, POST, OPTIONS' }

/** The ways that a document can come: by GET, in an address, as a stream. */
export const transports: readonly Hostile[] = [
  {
    attack: 'a mutation by GET',
    as: 'user',
    method: 'GET',
    path: query({ query: addItem }),
    expect: refusedWith(405),
  },
  {
    attack: 'a mutation by HEAD',
    as: 'user',
    method: 'HEAD',
    path: query({ query: addItem }),
    expect: { statuses: [405], headers: allow },
  },
  {
    attack: 'a mutation by GET, behind a query',
    as: 'user',
    method: 'GET',
    path: query({
      query: `query a { __typename } ${addItem.replace('mutation', 'mutation b')}`,
      operationName: 'b',
    }),
    expect: refusedWith(405),
  },
  {
    attack: 'a mutation by GET, said to be a POST',
    as: 'user',
    method: 'GET',
    path: query({ query: addItem }),
    headers: { 'x-http-method-override': 'POST' },
    expect: refusedWith(405),
  },
  {
    attack: 'a logout by GET',
    as: 'user',
    method: 'GET',
    path: query({ query: 'mutation { logout { __typename } }' }),
    expect: refusedWith(405),
  },
  {
    attack: 'introspection by GET',
    method: 'GET',
    path: query({ query: '{ __schema { types { name } } }' }),
    expect: badInput,
  },
  {
    attack: 'GET without a query',
    method: 'GET',
    headers: { 'content-type': null },
    expect: badInput,
  },
  { attack: 'an empty query by GET', method: 'GET', path: '/graphql?query=', expect: badInput },
  {
    attack: 'variables by GET that are no JSON',
    method: 'GET',
    path: query({ query: '{ __typename }', variables: '{' }),
    expect: badInput,
  },
  {
    attack: 'variables by GET behind a second question mark',
    method: 'GET',
    path: `/graphql?query=query($a:JSON){session{value(key:"x",default:$a)}}&x=?&variables={"a":${'['.repeat(7000)}${']'.repeat(7000)}}`,
    expect: badInput,
  },
  {
    attack: 'variables by GET that are a list',
    method: 'GET',
    path: query({ query: '{ __typename }', variables: '[]' }),
    expect: badInput,
  },
  {
    attack: 'variables by GET that are a text',
    method: 'GET',
    path: query({ query: '{ __typename }', variables: '"x"' }),
    expect: badInput,
  },
  {
    attack: 'extensions by GET that are no JSON',
    method: 'GET',
    path: query({ query: '{ __typename }', extensions: '}' }),
    expect: badInput,
  },
  {
    attack: 'half a character by GET',
    method: 'GET',
    path: query({
      query: 'query ($a: JSON) { session { value(key: "x", default: $a) } }',
      variables: '{"a":"\\ud800"}',
    }),
    expect: data({ session: { value: '\ud800' } }),
  },
  {
    attack: '2,000 lists in each other by GET',
    method: 'GET',
    path: query({
      query: 'query ($a: JSON) { session { value(key: "x", default: $a) } }',
      variables: `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`,
    }),
    expect: badInput,
  },
  {
    attack: '7,500 lists in each other by GET',
    method: 'GET',
    path: `/graphql?query=query($a:JSON){session{value(key:"x",default:$a)}}&variables={"a":${'['.repeat(7500)}${']'.repeat(7500)}}`,
    expect: badInput,
  },
  {
    attack: 'a prototype by GET',
    method: 'GET',
    path: query({ query: '{ __typename }', variables: '{"__proto__":{"isStaff":true}}' }),
    expect: served,
  },
  {
    attack: 'a query in the address of a POST',
    path: query({ query: addItem }),
    body: '{}',
    expect: badInput,
  },
  {
    attack: 'another query in the address of a POST',
    path: query({ query: addItem }),
    document: '{ __typename }',
    expect: served,
  },
  {
    attack: 'a subscription by a guest',
    document: 'subscription { sessionEvents { __typename } }',
    headers: { accept: 'application/json' },
    expect: fieldError('NO_SESSION'),
  },
  {
    attack: 'a stream where no stream is accepted',
    as: 'user',
    document: 'subscription { sessionEvents { __typename } }',
    headers: { accept: 'application/json' },
    expect: { statuses: [406] },
  },
  {
    attack: 'a stream in parts of a form',
    as: 'user',
    document: 'subscription { sessionEvents { __typename } }',
    headers: { accept: 'multipart/mixed' },
    expect: { statuses: [406] },
  },
  {
    attack: 'twenty fields that are not there: five are named at most',
    document: `{ ${Array.from({ length: 20 }, (_, n) => `no${n}`).join(' ')} }`,
    expect: badInput,
  },
  {
    attack: 'a variable named __proto__',
    document: 'query ($__proto__: JSON) { session { value(key: "x", default: $__proto__) } }',
    variables: JSON.parse('{"__proto__":{"isStaff":true}}'),
    expect: data({ session: { value: null } }),
  },
  {
    attack: 'a variable that every object has',
    document:
      'query ($constructor: JSON, $toString: JSON) { session { a: value(key: "x", default: $constructor) b: value(key: "x", default: $toString) } }',
    variables: {},
    expect: data({ session: { a: null, b: null } }),
  },
  {
    attack: 'a query as an event: its answer ends, and is kept nowhere',
    document: '{ me { username } }',
    as: 'user',
    headers: { accept: 'text/event-stream' },
    expect: { statuses: [200], headers: { connection: 'close', 'cache-control': 'no-store' } },
  },
  {
    attack: 'a query as a part of a form: its answer ends, and is kept nowhere',
    document: '{ me { username } }',
    as: 'user',
    headers: { accept: 'multipart/mixed' },
    expect: { statuses: [200], headers: { connection: 'close', 'cache-control': 'no-store' } },
  },
  {
    attack: 'a guest who asks under another Accept',
    document: whoami,
    headers: { accept: 'application/json' },
    expect: nobody,
  },
]
