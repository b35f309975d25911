import { data, query, refusedWith, whoami } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

type Headers = Readonly<Record<string, string | readonly string[]>>

/** Asked as coat.example, where https://shop.example is listed. */
const foreign: [attack: string, headers: Headers][] = [
  ['another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['another site in an older browser', { origin: 'https://evil.example' }],
  [
    'another site that says it was typed',
    { origin: 'https://evil.example', 'sec-fetch-site': 'none' },
  ],
  ['a subdomain', { origin: 'https://x.coat.example', 'sec-fetch-site': 'same-site' }],
  ['a subdomain in an older browser', { origin: 'https://x.coat.example' }],
  ['a sibling', { origin: 'https://www.example', 'sec-fetch-site': 'same-site' }],
  ['the domain above', { origin: 'https://example' }],
  ['our name and more behind it', { origin: 'https://coat.example.evil.example' }],
  ['our name and more in front of it', { origin: 'https://evilcoat.example' }],
  ['our name as a user', { origin: 'https://coat.example@evil.example' }],
  ['our name behind a user', { origin: 'https://evil.example@coat.example' }],
  ['our name as a path', { origin: 'https://evil.example/coat.example' }],
  ['our name as a query', { origin: 'https://evil.example?coat.example' }],
  ['our name as a fragment', { origin: 'https://evil.example#coat.example' }],
  ['our name after a backslash', { origin: 'https://evil.example\\coat.example' }],
  ['our name with a dot behind it', { origin: 'https://coat.example.' }],
  ['our name with a letter of another alphabet', { origin: 'https://co\xd0\xb0t.example' }],
  ['another port', { origin: 'https://coat.example:8443' }],
  ['the http of our https', { origin: 'http://coat.example', 'x-forwarded-proto': 'https' }],
  ['the https of our http', { origin: 'https://coat.example', 'x-forwarded-proto': 'http' }],
  ['another scheme', { origin: 'ftp://coat.example' }],
  ['our name in a blob', { origin: 'blob:https://coat.example/0a1b2c' }],
  ['our name in a view of the source', { origin: 'view-source:https://coat.example' }],
  ['our origin with a slash', { origin: 'https://coat.example/' }],
  ['our origin with a path', { origin: 'https://coat.example/graphql' }],
  ['our origin with a question mark', { origin: 'https://coat.example?' }],
  ['our origin without slashes', { origin: 'https:coat.example' }],
  ['our name alone', { origin: 'coat.example' }],
  ['a file', { origin: 'file://' }],
  ['an extension of the browser', { origin: 'chrome-extension://abcdefghijklmnop' }],
  ['a script as origin', { origin: 'javascript:alert(1)' }],
  ['data as origin', { origin: 'data:text/html,x' }],
  ['a sandboxed page', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ['a sandboxed page in an older browser', { origin: 'null' }],
  ['an empty origin', { origin: '' }],
  ['a wildcard', { origin: '*' }],
  ['an origin that is no URL', { origin: 'https://[::1' }],
  ['an origin of 10,000 characters', { origin: `https://${'a'.repeat(10_000)}` }],
  ['two origins in one header', { origin: 'https://coat.example https://evil.example' }],
  ['two origins with a comma', { origin: 'https://coat.example, https://evil.example' }],
  ['two headers, ours first', { origin: ['https://coat.example', 'https://evil.example'] }],
  ['two headers, ours last', { origin: ['https://evil.example', 'https://coat.example'] }],
  ['two headers, a listed one first', { origin: ['https://shop.example', 'https://evil.example'] }],
  ['our origin twice', { origin: ['https://coat.example', 'https://coat.example'] }],
  [
    'a listed origin with a slash',
    { origin: 'https://shop.example/', 'sec-fetch-site': 'cross-site' },
  ],
  [
    'a listed origin with its port',
    { origin: 'https://shop.example:443', 'sec-fetch-site': 'cross-site' },
  ],
  ['a listed origin over http', { origin: 'http://shop.example', 'sec-fetch-site': 'cross-site' }],
  [
    'a listed origin in capitals',
    { origin: 'https://SHOP.example', 'sec-fetch-site': 'cross-site' },
  ],
  ['a listed name and more behind it', { origin: 'https://shop.example.evil.example' }],
  ['a listed name and more in front of it', { origin: 'https://evilshop.example' }],
  ['a listed name as a wildcard', { origin: 'https://shopXexample' }],
  ['cross-site without an origin', { 'sec-fetch-site': 'cross-site' }],
  ['same-site without an origin', { 'sec-fetch-site': 'same-site' }],
  ['a site of a kind that is not known', { 'sec-fetch-site': 'trusted' }],
  ['an empty site', { 'sec-fetch-site': '' }],
  ['same-origin in capitals', { 'sec-fetch-site': 'SAME-ORIGIN' }],
  ['two sites in one header', { 'sec-fetch-site': 'same-origin, cross-site' }],
  ['two headers about the site', { 'sec-fetch-site': ['same-origin', 'cross-site'] }],
  [
    'another host by the proxy',
    { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' },
  ],
  [
    'another host by the RFC',
    { origin: 'https://evil.example', forwarded: 'host=evil.example;proto=https' },
  ],
]

const refused: Expected = {
  ...refusedWith(403, 'FORBIDDEN'),
  headers: {
    'set-cookie': null,
    'access-control-allow-origin': null,
    'access-control-allow-credentials': null,
  },
}
const write = 'mutation { setSessionValue(key: "stolen", value: true) { __typename } }'
const login =
  'mutation { login(input: { username: "mallory", password: "<<PASSWORD>>" }) { __typename } }'
const cross = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
const preflight = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'content-type',
}
const noGrants = {
  'access-control-allow-origin': null,
  'access-control-allow-methods': null,
  'access-control-allow-headers': null,
  'access-control-allow-private-network': null,
}
const me = data({ me: { username: 'mallory' } })

/** Requests that pages of other origins can make, and the looks of those that they cannot. */
export const origins: readonly Hostile[] = [
  ...foreign.map(([attack, headers]): Hostile => {
    return {
      attack: `a write from ${attack}`,
      as: 'user',
      headers,
      document: write,
      expect: refused,
    }
  }),
  {
    attack: 'a login from another site',
    shows: ['D23'],
    headers: cross,
    document: login,
    expect: refused,
  },
  {
    attack: 'a read from another site',
    as: 'user',
    headers: cross,
    document: whoami,
    expect: refused,
  },
  {
    attack: 'a link to a query',
    as: 'user',
    method: 'GET',
    path: query({ query: whoami }),
    headers: {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
    expect: refused,
  },
  {
    attack: 'a query as a script',
    as: 'user',
    method: 'GET',
    path: query({ query: whoami, callback: 'x' }),
    headers: {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'script',
    },
    expect: refused,
  },
  {
    attack: 'a query as an image, from a sibling',
    as: 'user',
    method: 'GET',
    path: query({ query: whoami }),
    headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-dest': 'image' },
    expect: refused,
  },
  {
    attack: 'a stream from another site',
    as: 'user',
    headers: { ...cross, accept: 'text/event-stream' },
    document: 'subscription { sessionEvents { __typename } }',
    expect: refused,
  },
  { attack: 'a malformed body from another site', headers: cross, body: '{', expect: refused },
  {
    attack: 'a form from another site',
    as: 'user',
    headers: { ...cross, 'content-type': 'text/plain' },
    body: `{"query":"${write.replaceAll('"', '\\"')}"}`,
    expect: refused,
  },
  {
    attack: 'a preflight from another site',
    method: 'OPTIONS',
    headers: { ...cross, ...preflight },
    expect: { ...refused, headers: noGrants },
  },
  {
    attack: 'a preflight from null',
    method: 'OPTIONS',
    headers: { origin: 'null', ...preflight },
    expect: { ...refused, headers: noGrants },
  },
  {
    attack: 'a preflight for a private network',
    method: 'OPTIONS',
    headers: { ...cross, ...preflight, 'access-control-request-private-network': 'true' },
    expect: { ...refused, headers: noGrants },
  },
  {
    attack: 'a listed origin that would like to send more',
    method: 'OPTIONS',
    headers: {
      origin: 'https://shop.example',
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'x-own, authorization, cookie',
    },
    expect: {
      statuses: [204],
      headers: {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-allow-headers': 'x-own, authorization, cookie',
        'access-control-allow-methods': 'GET, POST',
      },
    },
  },
  {
    attack: 'a listed origin that would like to see more',
    as: 'user',
    headers: { origin: 'https://shop.example' },
    document: '{ me { username } }',
    expect: {
      ...me,
      headers: {
        'access-control-allow-origin': 'https://shop.example',
        'access-control-expose-headers': 'Retry-After, X-Request-Id',
      },
    },
  },
  {
    attack: 'a page of ours, whose referrer says otherwise',
    as: 'user',
    headers: { 'sec-fetch-site': 'same-origin', referer: 'https://evil.example/' },
    document: '{ me { username } }',
    expect: me,
  },
]
