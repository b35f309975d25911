import { badInput, beyond, nobody, refusedWith, served } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const start = 'POST /graphql HTTP/1.1\r\nHost: coat.example\r\nContent-Type: application/json\r\n'
const hello = '{"query":"{ __typename }"}'
const end = 'Connection: close\r\n'
const inChunks = (chunks: string) => `${start}${end}Transfer-Encoding: chunked\r\n\r\n${chunks}`
const withHeaders = (lines: string) => `${start}${end}${lines}\r\n\r\n${hello}`
const whole = `1a\r\n${hello}\r\n0\r\n\r\n`
const smuggled = 'GET /admin HTTP/1.1\r\nHost: coat.example\r\n\r\n'

/** Not HTTP, or not quite. */
const malformed: [attack: string, raw: string][] = [
  ['a greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + '\x00'.repeat(200)],
  ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a banner of SSH', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['a greeting of SMTP', 'EHLO evil.example\r\nMAIL FROM:<a@b.example>\r\n'],
  ['a command of Redis', '*1\r\n$8\r\nFLUSHALL\r\n'],
  ['a command of Memcached', 'set a 0 0 1\r\n1\r\n'],
  ['a startup of PostgreSQL', '\x00\x00\x00\x08\x04\xd2\x16\x2f'],
  ['a line of the PROXY protocol', `PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n${smuggled}`],
  ['every byte there is', Array.from({ length: 256 }, (_, n) => String.fromCharCode(n)).join('')],
  ['HTTP/0.9', 'GET /graphql\r\n\r\n'],
  ['HTTP/1.10', 'GET /graphql HTTP/1.10\r\nHost: coat.example\r\n\r\n'],
  ['http in small letters', 'GET /graphql http/1.1\r\nHost: coat.example\r\n\r\n'],
  ['a first line with a space too many', 'GET /graphql x HTTP/1.1\r\nHost: coat.example\r\n\r\n'],
  ['a first line without a path', 'GET HTTP/1.1\r\nHost: coat.example\r\n\r\n'],
  ['a NUL in the path', 'GET /gra\0phql HTTP/1.1\r\nHost: coat.example\r\n\r\n'],
  ['a bare CR in the first line', 'GET /graphql\rX HTTP/1.1\r\nHost: coat.example\r\n\r\n'],
  ['a host with a space', 'GET /graphql HTTP/1.1\r\nHost: coat example\r\n\r\n'],
  ['a host that is half an address', 'GET /graphql HTTP/1.1\r\nHost: [\r\n\r\n'],
  ['a host with a port past all ports', 'GET /graphql HTTP/1.1\r\nHost: a:99999\r\n\r\n'],
  [
    'a host that brings a path and a query along',
    'GET /graphql?query={__typename} HTTP/1.1\r\nHost: coat.example/graphql?query={session{id}}#\r\n\r\n',
  ],
  ['a host with a user', 'GET /graphql HTTP/1.1\r\nHost: evil@coat.example\r\n\r\n'],
  ['an empty host', 'GET /graphql HTTP/1.1\r\nHost:\r\n\r\n'],
  [
    'no host',
    `POST /graphql HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n${hello}`,
  ],
  ['a header without a colon', withHeaders('Content-Length: 26\r\nX-Evil')],
  ['a header without a name', withHeaders('Content-Length: 26\r\n: x')],
  ['a space in a name', withHeaders('Content-Length: 26\r\nX Evil: x')],
  ['a space in front of a colon', withHeaders('Content-Length : 26')],
  ['a NUL in a name', withHeaders('Content-Length: 26\r\nX\0: x')],
  ['a NUL in a value', withHeaders('Content-Length: 26\r\nX: a\0b')],
  ['a bare LF in a name', withHeaders('Content-Length: 26\r\nX\n: x')],
  ['a header of another alphabet', withHeaders('Content-Length: 26\r\nH\xc3\xb6st: x')],
  ['a length below nothing', withHeaders('Content-Length: -26')],
  ['a length with a sign', withHeaders('Content-Length: +26')],
  ['a length in hex', withHeaders('Content-Length: 0x1a')],
  ['a length of letters', withHeaders('Content-Length: many')],
  ['a length of a fraction', withHeaders('Content-Length: 26.0')],
  ['a length past all numbers', withHeaders(`Content-Length: ${'9'.repeat(40)}`)],
  ['two lengths in one header', withHeaders('Content-Length: 26, 27')],
  ['two lengths in two headers', withHeaders('Content-Length: 26\r\nContent-Length: 27')],
  [
    'a length and chunks',
    `${start}${end}Content-Length: 26\r\nTransfer-Encoding: chunked\r\n\r\n${whole}`,
  ],
  [
    'chunks and a length',
    `${start}${end}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${whole}`,
  ],
  [
    'chunks that are not the last coding',
    `${start}${end}Transfer-Encoding: chunked, identity\r\n\r\n${whole}`,
  ],
  ['a coding almost right', `${start}${end}Transfer-Encoding: xchunked\r\n\r\n${whole}`],
  [
    'a coding behind a vertical tab',
    `${start}${end}Transfer-Encoding: \x0bchunked\r\n\r\n${whole}`,
  ],
  ['a coding of gzip', `${start}${end}Transfer-Encoding: gzip\r\n\r\n${whole}`],
  ['a chunk of no size', inChunks(`\r\n${hello}\r\n0\r\n\r\n`)],
  ['a chunk of a size in 0x', inChunks(`0x1a\r\n${hello}\r\n0\r\n\r\n`)],
  ['a chunk below nothing', inChunks(`-1a\r\n${hello}\r\n0\r\n\r\n`)],
  ['a chunk past all numbers', inChunks(`fffffffffffffffff\r\n${hello}\r\n0\r\n\r\n`)],
  ['a chunk longer than it says', inChunks(`5\r\n${hello}\r\n0\r\n\r\n`)],
  ['a chunk of a size of letters', inChunks(`xyz\r\n${hello}\r\n0\r\n\r\n`)],
  ['a size that ends in a bare LF', inChunks(`1a\n${hello}\r\n0\r\n\r\n`)],
]

const trailing = `1a\r\n${hello}\r\n0\r\n`
const asking = '{"query":"{ me { username } session { id } }"}'

const nothing: Expected = { statuses: [404] }

const curious: readonly Hostile[] = [
  {
    attack: 'RTSP, which the parser of Node can read',
    raw: 'DESCRIBE rtsp://coat.example RTSP/1.0\r\nConnection: close\r\n\r\n',
    expect: nothing,
  },
  {
    attack: 'HTTP/2.0 in the first line, answered as HTTP/1.1',
    raw: 'GET /wp-admin HTTP/2.0\r\nHost: coat.example\r\nConnection: close\r\n\r\n',
    expect: nothing,
  },
  {
    attack: 'line ends in front of the request',
    raw: `\r\n\r\n${withHeaders('Content-Length: 26')}`,
    expect: served,
  },
  {
    attack: 'one byte a chunk',
    raw: inChunks(`${[...hello].map((c) => `1\r\n${c}\r\n`).join('')}0\r\n\r\n`),
    expect: served,
  },
  {
    attack: 'chunks with sizes of many zeros',
    raw: inChunks(`0000001a\r\n${hello}\r\n0\r\n\r\n`),
    expect: served,
  },
  {
    attack: 'chunks with extensions',
    raw: inChunks(`1a;x="y";z\r\n${hello}\r\n0;last\r\n\r\n`),
    expect: served,
  },
  {
    attack: 'an extension of 100,000 characters',
    raw: inChunks(`1a;${'x'.repeat(100_000)}\r\n${hello}\r\n0\r\n\r\n`),
    expect: { statuses: [400], code: 'BAD_USER_INPUT' },
  },
  {
    attack: 'a key in a trailer',
    shows: ['A4'],
    raw: inChunks(
      `${asking.length.toString(16)}\r\n${asking}\r\n0\r\nCookie: __Host-id=<<KEY>>\r\n\r\n`,
    ),
    expect: nobody,
  },
  {
    attack: 'a host in a trailer',
    raw: inChunks(`${trailing}Host: evil.example\r\nOrigin: https://evil.example\r\n\r\n`),
    expect: served,
  },
  {
    attack: 'a trailer of 100,000 bytes',
    raw: inChunks(`${trailing}X: ${'x'.repeat(100_000)}\r\n\r\n`),
    expect: refusedWith(431),
  },
  {
    attack: 'HTTP/1.0 without a host',
    raw: `POST /graphql HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n${hello}`,
    expect: badInput,
  },
  {
    attack: 'HTTP/1.0',
    raw: `POST /graphql HTTP/1.0\r\nHost: coat.example\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n${hello}`,
    expect: served,
  },
  {
    attack: 'a request in the body of another',
    raw: `${start}${end}Content-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    expect: badInput,
  },
  {
    attack: 'a request behind the last one',
    raw: `${withHeaders('Content-Length: 26')}${smuggled}`,
    expect: served,
  },
  {
    attack: 'a request behind a body that is too long',
    raw: `${start}Content-Length: 150000\r\n\r\n${' '.repeat(150_000)}${smuggled}`,
    expect: { ...beyond('DATA_UPLOAD_MAX_MEMORY_SIZE'), statuses: [413] },
  },
  {
    attack: 'a body shorter than it says, and a request in it',
    raw: `${start}${end}Content-Length: 5\r\n\r\n${hello}`,
    expect: badInput,
  },
  {
    attack: 'fifty requests in a row',
    raw: `${`${start}Content-Length: 26\r\n\r\n${hello}`.repeat(49)}${withHeaders('Content-Length: 26')}`,
    expect: { ...served, statuses: Array.from({ length: 50 }, () => 200) },
  },
  {
    attack: 'a request, then garbage',
    raw: `${start}Content-Length: 26\r\n\r\n${hello}\x00\x01garbage\r\n\r\n`,
    expect: { statuses: [200] },
  },
  {
    attack: 'a refused request, then another',
    raw: `${start}Origin: null\r\nContent-Length: 26\r\n\r\n${hello}${withHeaders('Content-Length: 26')}`,
    expect: { statuses: [403] }, // what is refused unread ends the connection
  },
]

const tooSlow: Expected = { statuses: [408], code: 'BAD_USER_INPUT' }

/** They begin, and never end: each is cut off after HTTP_HEADERS_TIMEOUT or HTTP_REQUEST_TIMEOUT, and they run side by side. */
export const slow: readonly Hostile[] = [
  {
    attack: 'a form of the staff’s pages that never ends',
    raw: 'POST /admin?page=sign-in HTTP/1.1\r\nHost: coat.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\nusername=',
    expect: { statuses: [408] },
  },
  { attack: 'nothing but a connection', raw: '', expect: { statuses: [408] } },
  { attack: 'half a first line', raw: 'POST /gra', expect: tooSlow },
  { attack: 'headers that never end', raw: `${start}X-`, expect: tooSlow },
  {
    attack: 'a body shorter than it says',
    raw: `${start}Content-Length: 1000\r\n\r\n${hello}`,
    expect: tooSlow,
  },
  {
    attack: 'chunks that never end',
    raw: `${start}Transfer-Encoding: chunked\r\n\r\n1a\r\n${hello}\r\n`,
    expect: tooSlow,
  },
  {
    attack: 'a chunk that never comes',
    raw: `${start}Transfer-Encoding: chunked\r\n\r\nfffffff\r\n{`,
    expect: tooSlow,
  },
]

/** What goes over the wire, byte by byte: other protocols, other lengths than they say, and requests in requests. */
export const raw: readonly Hostile[] = [
  ...malformed.map(([attack, raw]) => ({ attack, raw, expect: badInput })),
  ...curious,
]
