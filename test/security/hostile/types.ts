import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { refusedWith, served } from './entry.ts'
import type { Expected, Hostile } from './entry.ts'

const hello = '{"query":"{ __typename }"}'
const write = '{"query":"mutation { addCartItem(input: { sku: \\"a\\" }) { __typename } }"}'
const form = `query=${encodeURIComponent('mutation { clearSession { __typename } }')}`
const part = (name: string, content: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${content}\r\n`
const upload = `${part('operations', write)}${part('map', '{"0":["__proto__.polluted"]}')}${part('0', 'x')}--x--\r\n`

const refused: [type: string | readonly string[] | null, body?: string][] = [
  [null],
  [''],
  ['text/plain'],
  ['TEXT/PLAIN'],
  ['text/plain; charset=utf-8'],
  ['text/plain; application/json'],
  ['text/plain;a=application/json'],
  ['text/plain, application/json'],
  ['application/json, text/plain'],
  ['application/x-www-form-urlencoded', form],
  ['application/x-www-form-urlencoded; charset=application/json'],
  ['multipart/form-data; boundary=x', upload],
  ['multipart/form-data; boundary=application/json'],
  ['multipart/mixed; boundary=x', upload],
  ['application/graphql', '{ __typename }'],
  ['application/graphql-response+json'],
  ['application/jsonx'],
  ['application/jsonp'],
  ['application/json+x'],
  ['application/ld+json'],
  ['application/csp-report'],
  ['text/json'],
  ['application\\json'],
  ['application/json/'],
  ['application / json'],
  ['x/y; type=application/json'],
  ['application/json; charset=utf-16'],
  ['application/json; charset=utf-7'],
  ['application/json; charset=iso-8859-1'],
  ['application/json; charset=utf-8; charset=utf-7'],
  ['\xa0application/json'],
  ['application/json\x85'],
  [['text/plain', 'application/json']],
]

const accepted = [
  'APPLICATION/JSON',
  'application/json; charset=UTF-8',
  'application/json;charset="utf-8"',
]

const encoded: [encoding: string, body: string | Uint8Array][] = [
  ['gzip', gzipSync(hello)],
  ['x-gzip', gzipSync(hello)],
  ['deflate', deflateSync(hello)],
  ['br', brotliCompressSync(hello)],
  ['gzip', gzipSync(Buffer.alloc(10_000_000, ' '))],
  ['gzip, gzip', gzipSync(gzipSync(hello))],
  ['identity, gzip', gzipSync(hello)],
  ['zstd', hello],
  ['aes128gcm', hello],
]

const unsupported: Expected = { ...refusedWith(415), headers: { 'set-cookie': null } }

/** Content types that a page of another origin can post without asking, and encodings that would have to be unpacked. */
export const types: readonly Hostile[] = [
  ...refused.map(([type, body = write]): Hostile => {
    return {
      attack: `a mutation as ${JSON.stringify(type)}`,
      as: 'user',
      headers: { 'content-type': type },
      body,
      expect: unsupported,
    }
  }),
  ...accepted.map((type): Hostile => {
    return {
      attack: `${type}, which is what it seems`,
      headers: { 'content-type': type },
      body: hello,
      expect: served,
    }
  }),
  ...encoded.map(([encoding, body]): Hostile => {
    return {
      attack: `${body.length} bytes of ${encoding}`,
      headers: { 'content-encoding': encoding },
      body,
      expect: unsupported,
    }
  }),
]
