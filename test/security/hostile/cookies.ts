import { badInput, data, mallory, nobody, refusedWith, whoami } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const other = 'A'.repeat(43)

/** What the Cookie header says. The cookie is named `__Host-id`; <<KEY>> is the key of a signed-in user. */
const headers: [attack: string, cookie: string | string[], expect?: Expected][] = [
  ['an empty value', '__Host-id='],
  ['a name without a value', '__Host-id'],
  ['a value without a name', '=<<KEY>>'],
  ['a nameless cookie that plays a named one', '=__Host-id=<<KEY>>'],
  ['a key without its last character', '__Host-id=<<KEY_CUT>>'],
  ['a key with one character more', '__Host-id=<<KEY>>A'],
  ['a key with padding', '__Host-id=<<KEY>>='],
  ['a key with a sign too many', '__Host-id==<<KEY>>'],
  ['a key that decodes to the same bytes', '__Host-id=<<KEY_TWIN>>'],
  ['a key in the other alphabet of base64', '__Host-id=<<KEY_BASE64>>'],
  ['a key in hex', '__Host-id=<<KEY_HEX>>'],
  ['a key in the other case', '__Host-id=<<KEY_SWAPPED>>'],
  ['a key in percents', '__Host-id=<<KEY_PERCENT>>'],
  ['a key in quotes', '__Host-id="<<KEY>>"'],
  ['a key in single quotes', "__Host-id='<<KEY>>'"],
  ['a key with a quote in front', '__Host-id="<<KEY>>'],
  ['a key and a comma', '__Host-id=<<KEY>>,'],
  ['a key and a space inside', '__Host-id=<<KEY>> <<KEY>>'],
  ['a key and a tab inside', '__Host-id=<<KEY>>\t<<KEY>>'],
  ['a key and its attributes', '__Host-id=<<KEY>>/; Path=/; Secure'],
  ['a key with a byte that is a space elsewhere', '__Host-id=<<KEY>>\xa0'],
  ['a key in full width', '__Host-id=\xef\xbc\xa1<<KEY_CUT>>'],
  ['the public id of a session', '__Host-id=<<ID>>'],
  ['the public id as a key', '__Host-id=<<ID_AS_KEY>>'],
  ['the id of a user', '__Host-id=<<USER_ID>>'],
  ['what the engine signed-cookies would have sealed', '__Host-id=<<SEALED>>'],
  [
    'a token without a signature',
    '__Host-id=eyJhbGciOiJub25lIn0.eyJ1c2VybmFtZSI6ImFkbWluIiwiaXNTdGFmZiI6dHJ1ZX0.',
  ],
  [
    'a session signed by Django',
    '__Host-id=eyJfYXV0aF91c2VyX2lkIjoiMSJ9:1tGhij:Zm9yZ2VkLXNpZ25hdHVyZS1mb3ItYW55Ym9keQ',
  ],
  ['a session signed by Express', '__Host-id=s%3A<<KEY>>.c2lnbmF0dXJl'],
  ['a pickle of Python', '__Host-id=gASVHgAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=='],
  ['an object of PHP', '__Host-id=O:8:"stdClass":1:{s:7:"isStaff";b:1;}'],
  ['an object of Java', '__Host-id=rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA'],
  ['JSON', '__Host-id={"userId":"<<USER_ID>>","isStaff":true}'],
  ['JSON as Express marks it', '__Host-id=j:{"__proto__":{"isStaff":true}}'],
  ['undefined', '__Host-id=undefined'],
  ['null', '__Host-id=null'],
  ['a wildcard', '__Host-id=*'],
  ['an object of the prototype', '__Host-id=__proto__'],
  ['SQL', "__Host-id=' OR '1'='1"],
  ['a path', '__Host-id=../../../../etc/passwd'],
  ['a path in percents', '__Host-id=..%2f..%2f..%2fetc%2fpasswd'],
  ['a command of Memcached in percents', '__Host-id=x%0d%0aflush_all%0d%0a'],
  ['a command of Redis in percents', '__Host-id=*1%0d%0a$8%0d%0aFLUSHALL%0d%0a'],
  ['8 KB', `__Host-id=${'A'.repeat(8_000)}`],
  ['15 KB', `__Host-id=${'A'.repeat(15_000)}`],
  ['17 KB', `__Host-id=${'A'.repeat(17_000)}`, refusedWith(431)],

  ['the name in small letters', '__host-id=<<KEY>>'],
  ['the name in capitals', '__HOST-ID=<<KEY>>'],
  ['the default name', 'sessionid=<<KEY>>'],
  ['the name without its prefix', 'id=<<KEY>>'],
  ['the name under another prefix', '__Secure-id=<<KEY>>'],
  ['the prefix twice', '__Host-__Host-id=<<KEY>>'],
  ['the name in a longer one', 'x__Host-id=<<KEY>>; __Host-id2=<<KEY>>'],
  ['the name as a list', '__Host-id[]=<<KEY>>; __Host-id[0]=<<KEY>>'],
  ['the name in percents', '__Host%2Did=<<KEY>>'],
  ['the name in quotes', '"__Host-id"=<<KEY>>'],
  ['0xA0 in front of the name', '\xa0__Host-id=<<KEY>>'],
  ['0x85 in front of the name', '\x85__Host-id=<<KEY>>'],
  ['0xA0 behind the name', '__Host-id\xa0=<<KEY>>'],
  ['0xA0 behind a semicolon', 'a=b;\xa0__Host-id=<<KEY>>'],
  ['a wide space of UTF-8', '\xe2\x80\x80__Host-id=<<KEY>>'],
  ['a byte order mark of UTF-8', '\xef\xbb\xbf__Host-id=<<KEY>>'],
  ['a cookie after a comma', 'a=b,__Host-id=<<KEY>>'],
  ['a cookie in another one, in quotes', 'a="b; c=d, __Host-id=<<KEY>>"'],
  ['a cookie after the version of RFC 2965 and a comma', '$Version=1, __Host-id=<<KEY>>'],
  [
    'a cookie in quotes after the version of RFC 2965',
    '$Version="1"; __Host-id="<<KEY>>"; $Path="/"',
  ],
  [
    'the version of RFC 2965, which is a cookie like any other',
    '$Version=1; __Host-id=<<KEY>>; $Path=/',
    mallory,
  ],

  ['two values, the right one first', `__Host-id=<<KEY>>; __Host-id=${other}`, mallory],
  ['two values, the right one last', `__Host-id=${other}; __Host-id=<<KEY>>`, mallory],
  ['two values that both are keys', '__Host-id=<<KEY>>; __Host-id=<<VICTIM_KEY>>'],
  ['two values, one of them empty', '__Host-id=<<KEY>>; __Host-id=', mallory],
  ['two values, one of them malformed', '__Host-id=x; __Host-id=<<KEY>>', mallory],
  [
    'two values, one of them a log line',
    '__Host-id="},{"level":60,"forged":true},{"; __Host-id=<<KEY>>',
    mallory,
  ],
  [
    'two values far from each other',
    `__Host-id=<<KEY>>; ${'a=b; '.repeat(1_000)}__Host-id=${other}`,
    mallory,
  ],
  ['two values in two headers', ['__Host-id=<<KEY>>', `__Host-id=${other}`], mallory],
  [
    'two values that both are keys, in two headers',
    ['__Host-id=<<KEY>>', '__Host-id=<<VICTIM_KEY>>'],
  ],
  [
    'ten values, one of them the right one',
    `${Array.from({ length: 9 }, (_, n) => `__Host-id=${String(n).padStart(42, 'A')}A; `).join('')}__Host-id=<<KEY>>`,
  ],
  [
    '200 values',
    Array.from({ length: 200 }, (_, n) => `__Host-id=${String(n).padStart(43, 'A')}`).join('; '),
  ],
  ['one value twice', '__Host-id=<<KEY>>; __Host-id=<<KEY>>', mallory],
  ['a smuggled name beside the right one', `\xa0__Host-id=${other}; __Host-id=<<KEY>>`, mallory],
  ['500 other cookies', `${'a=b; '.repeat(500)}__Host-id=<<KEY>>`, mallory],
  ['10,000 semicolons', `${';'.repeat(10_000)}__Host-id=<<KEY>>`, mallory],
  ['10,000 spaces', `a=${' '.repeat(10_000)};__Host-id=<<KEY>>`, mallory],
]

const raw = (cookie: string) =>
  `POST /graphql HTTP/1.1\r\nHost: coat.example\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 26\r\n${cookie}\r\n\r\n{"query":"{ __typename }"}`
const write = 'mutation { setSessionValue(key: "a", value: 1) { __typename } }'
const written: Expected = {
  ...data({ setSessionValue: { __typename: 'SessionSuccess' } }),
  begins: true,
}

/** Cookie headers: keys that are none, names that are not ours, and two values. */
export const cookies: readonly Hostile[] = [
  ...headers.map(([attack, cookie, expect = nobody]): Hostile => {
    return { attack, headers: { cookie }, document: whoami, expect }
  }),
  {
    attack: 'a key in Cookie2',
    headers: { cookie2: '__Host-id=<<KEY>>' },
    document: whoami,
    expect: nobody,
  },
  {
    attack: 'a key in Set-Cookie',
    headers: { 'set-cookie': '__Host-id=<<KEY>>' },
    document: whoami,
    expect: nobody,
  },
  {
    attack: 'a key that no server issued, which is not taken over',
    shows: ['A3'],
    headers: { cookie: `__Host-id=${other}` },
    document: write,
    expect: written,
  },
  {
    attack: 'a public id, which is not taken over',
    shows: ['A3'],
    headers: { cookie: '__Host-id=<<ID_AS_KEY>>' },
    document: write,
    expect: written,
  },
  {
    attack: 'an unknown key in front of a known one, which is not taken over',
    shows: ['A3'],
    headers: { cookie: `__Host-id=${other}; __Host-id=<<KEY>>` },
    document: write,
    expect: written,
  },
  { attack: 'a NUL in a cookie', raw: raw('Cookie: __Host-id=a\0b'), expect: badInput },
  { attack: 'a bare CR in a cookie', raw: raw('Cookie: a=b\rX-Evil: 1'), expect: badInput },
  { attack: 'a bare LF in a cookie', raw: raw('Cookie: a=b\nCookie: c=d'), expect: badInput },
  { attack: 'a DEL in a cookie', raw: raw('Cookie: a=\x7f'), expect: badInput },
  {
    attack: 'a vertical tab in front of the name',
    raw: raw('Cookie: \x0b__Host-id=<<KEY>>'),
    expect: badInput,
  },
  {
    attack: 'an escape of a terminal in a cookie',
    raw: raw('Cookie: a=\x1b[31m'),
    expect: badInput,
  },
]
