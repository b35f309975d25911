import { badInput, data, fieldError, refusedWith, served } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const hello = '{"query":"{ __typename }"}'
const bytes = (...values: number[]) => Uint8Array.of(...values)
const withVariables = (variables: string) => `{"query":"{ __typename }","variables":${variables}}`
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const inside = (...values: number[]) =>
  Buffer.concat([Buffer.from('{"query":"{ __typename } #'), bytes(...values), Buffer.from('"}')])

const malformed: [attack: string, body: string | Uint8Array][] = [
  ['no body at all', ''],
  ['only white space', ' \r\n\t '],
  ['JSON cut off', '{"query":"{ __typename }"'],
  ['JSON cut off inside an escape', '{"query":"{ __typename }\\u00'],
  ['single quotes', "{'query':'{ __typename }'}"],
  ['a comma at the end', '{"query":"{ __typename }",}'],
  ['a comment in JSON', '{"query":"{ __typename }"/**/}'],
  ['names without quotes', '{query:"{ __typename }"}'],
  ['NaN as a number', withVariables('{"n":NaN}')],
  ['Infinity as a number', withVariables('{"n":-Infinity}')],
  ['a hexadecimal number', withVariables('{"n":0x10}')],
  ['two objects in a row', hello + hello],
  ['JSON by lines', `${hello}\n${hello}`],
  ['a NUL after the end', `${hello}\0`],
  ['a bare NUL in a text', '{"query":"{ __typename }\0"}'],
  ['a bare line break in a text', '{"query":"{\n__typename }"}'],
  ['an XSSI prefix', `)]}',\n${hello}`],
  ['a form in the JSON', 'query={__typename}'],
  ['XML with an entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'],
  ['UTF-16 with a byte order mark', Buffer.from(`\ufeff${hello}`, 'utf16le')],
  ['UTF-16 without one', Buffer.from(hello, 'utf16le')],
  ['UTF-32', Buffer.from([...hello].map((c) => `\0\0\0${c}`).join(''), 'latin1')],
  ['UTF-7', '+AHsAIg-query+ACIAOgAi-'],
  ['an overlong NUL', inside(0xc0, 0x80)],
  ['an overlong slash of three bytes', inside(0xe0, 0x80, 0xaf)],
  ['a surrogate as UTF-8', inside(0xed, 0xa0, 0x80)],
  ['a sequence cut off', inside(0xe2, 0x82)],
  ['a continuation byte alone', inside(0x80)],
  ['a code point past the last', inside(0xf4, 0x90, 0x80, 0x80)],
  ['Latin-1', inside(0xe9)],
  ['a batch', `[${hello},${hello}]`],
  ['a batch of nothing', '[]'],
  ['a batch of one', `[${hello}]`],
  ['a batch nested in a batch', `[[${hello}]]`],
  ['an object that plays an array', '{"0":{"query":"{ __typename }"},"length":1}'],
  ['a text', '"{ __typename }"'],
  ['a number', '1'],
  ['null', 'null'],
  ['true', 'true'],
  ['an empty object', '{}'],
  ['a query in capitals', '{"QUERY":"{ __typename }"}'],
  ['a query that is a number', '{"query":1}'],
  ['a query that is a list', '{"query":["{ __typename }"]}'],
  ['a query that is a parsed document', '{"query":{"kind":"Document","definitions":[]}}'],
  ['a query that is null', '{"query":null}'],
  ['a query that is true', '{"query":true}'],
  ['variables that are a list', withVariables('[{"a":1}]')],
  ['variables that are JSON in a text', withVariables('"{}"')],
  ['variables that are a number', withVariables('0')],
  ['variables that are false', withVariables('false')],
  ['an operation name that is a number', '{"query":"{ __typename }","operationName":1}'],
  ['an operation name that is an object', '{"query":"{ __typename }","operationName":{}}'],
  ['an operation name that is a list', '{"query":"query A { __typename }","operationName":["A"]}'],
  ['extensions that are a text', '{"query":"{ __typename }","extensions":"x"}'],
  ['extensions that are a list', '{"query":"{ __typename }","extensions":[]}'],
  ['extensions that are a number', '{"query":"{ __typename }","extensions":7}'],
  ['a document that only the prototype has', '{"__proto__":{"query":"{ __typename }"}}'],
  ['a prototype beside the query', '{"query":"{ __typename }","__proto__":{"isStaff":true}}'],
  [
    'a constructor beside the query',
    '{"query":"{ __typename }","constructor":{"prototype":{"isStaff":true}}}',
  ],
  ['a toString beside the query', '{"query":"{ __typename }","toString":"x"}'],
  ['a half character in the query', '{"query":"{ __typename } #\\ud800"}'],
  ['a half character as operation name', '{"query":"{ __typename }","operationName":"\\udbff"}'],
  ['1,001 objects and lists in each other', withVariables(`{"a":${nested(999)}}`)],
  ['20,000 lists in each other', withVariables(`{"a":${nested(20_000)}}`)],
  ['15,000 objects in each other', `${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}`],
  [
    '20,000 lists in the extensions',
    `{"query":"{ __typename }","extensions":{"a":${nested(20_000)}}}`,
  ],
  ['100,000 lists that never close', '['.repeat(100_000)],
]

const harmless: [attack: string, body: string | Uint8Array, expect?: Expected][] = [
  [
    'a persisted query that was never persisted',
    `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'0'.repeat(64)}"}}}`,
    fieldError('PERSISTED_QUERY_NOT_SUPPORTED'),
  ],
  ['a byte order mark', Buffer.from(`\ufeff${hello}`)],
  [
    'two queries under one name: the last one counts',
    '{"query":"{ me { id } }","query":"{ __typename }"}',
  ],
  ['a name in escapes', '{"\\u0071uery":"{ __typename }"}'],
  ['a prototype as variables', withVariables('{"__proto__":{"isStaff":true}}')],
  ['a prototype in escapes', withVariables('{"\\u005f_proto__":{"isStaff":true}}')],
  ['a prototype named twice', withVariables('{"__proto__":null,"__proto__":{"isStaff":true}}')],
  ['a constructor as variables', withVariables('{"constructor":{"prototype":{"isStaff":true}}}')],
  [
    'a prototype in the extensions',
    '{"query":"{ __typename }","extensions":{"__proto__":{"http":{"status":500}}}}',
  ],
  [
    'an answer dictated by the extensions',
    '{"query":"{ __typename }","extensions":{"http":{"status":500,"headers":{"x-evil":"1"}}}}',
    { ...served, headers: { 'x-evil': null } },
  ],
  ['1,000 objects and lists in each other', withVariables(`{"a":${nested(998)}}`)],
  ['half characters in the wrong order', withVariables('{"a":"\\udc00\\ud800"}')],
  ['a half character in a list of variables', withVariables('{"a":["\\udfff"]}')],
  ['a half character in a name', withVariables('{"\\ud800":1}')],
  ['a half character in extensions', '{"query":"{ __typename }","extensions":{"a":"\\ud83d"}}'],
  ['a number of 50,000 digits', withVariables(`{"n":${'9'.repeat(50_000)}}`)],
  ['a number with a huge exponent', withVariables('{"n":1e999999999}')],
  [
    '9,000 variables that no document asks for',
    withVariables(`{${Array.from({ length: 9_000 }, (_, n) => `"a${n}":0`).join(',')}}`),
  ],
  [
    '6,000 variables named by numbers',
    withVariables(`{${Array.from({ length: 6_000 }, (_, n) => `"${n * 65_536}":0`).join(',')}}`),
  ],
  [
    'a session key in the extensions',
    '{"query":"{ me { username } }","extensions":{"session":"<<KEY>>"}}',
    data({ me: null }),
  ],
  [
    'a session key in the variables',
    '{"query":"{ me { username } }","variables":{"session":"<<KEY>>"}}',
    data({ me: null }),
  ],
  ['exactly 102,400 bytes', hello.padEnd(102_400)],
]

const tooLarge: Expected = {
  ...refusedWith(413),
  limit: 'DATA_UPLOAD_MAX_MEMORY_SIZE',
  headers: { connection: 'close' },
}
const post = 'POST /graphql HTTP/1.1\r\nHost: coat.example\r\nContent-Type: application/json\r\n'
const chunk = (size: number) => `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`

const oversize: readonly Hostile[] = [
  { attack: '102,401 bytes', body: hello.padEnd(102_401), expect: tooLarge },
  {
    attack: 'a password of a megabyte',
    document:
      'mutation ($p: String!) { login(input: { username: "admin", password: $p }) { __typename } }',
    variables: { p: 'x'.repeat(1_000_000) },
    expect: tooLarge,
  },
  {
    attack: '30 MB announced, none sent',
    raw: `${post}Content-Length: 31457280\r\n\r\n`,
    expect: tooLarge,
  },
  {
    attack: 'a chunk of 110,000 bytes',
    raw: `${post}Transfer-Encoding: chunked\r\n\r\n${chunk(110_000)}`,
    expect: tooLarge,
  },
  {
    attack: '120 chunks of 1,000 bytes',
    raw: `${post}Transfer-Encoding: chunked\r\n\r\n${chunk(1000).repeat(120)}0\r\n\r\n`,
    expect: tooLarge,
  },
]

/** Bodies: JSON that is none, that is another, that is too deep or too long. */
export const bodies: readonly Hostile[] = [
  ...malformed.map(([attack, body]) => ({ attack, body, expect: badInput })),
  ...harmless.map(([attack, body, expect = served]) => ({ attack, body, expect })),
  ...oversize,
]
