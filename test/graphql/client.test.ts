import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { knowProxies } from '../../src/http/client.ts'
import type { TrustedProxies } from '../../src/http/client.ts'
import { parseForwarded } from '../../src/http/forwarded.ts'

function addressOf(proxies: number, forwarded?: string, socket: string | undefined = '10.0.0.1') {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const request = { headers, socket: { remoteAddress: socket } }
  return knowProxies(proxies).clientOf(request as unknown as IncomingMessage).ipAddress
}

test.each<[string, string | null, [number, (string | undefined)?, string?]]>([
  ['without proxies, who is connected', '10.0.0.1', [0, '192.0.2.1']],
  ['behind one, the last that was written', '192.0.2.1', [1, '203.0.113.9, 192.0.2.1']],
  ['behind two, the last but one', '192.0.2.1', [2, 'forged, 192.0.2.1,10.0.0.2']],
  ['behind more than there are, the first', '192.0.2.1', [9, '192.0.2.1, 10.0.0.2']],
  ['without the header, who is connected', '10.0.0.1', [1]],
  ['with an empty header, who is connected', '10.0.0.1', [1, ' , ']],
  ['unknown, where that is no address', null, [1, 'unknown']],
  ['IPv4 written as IPv6', '192.0.2.1', [0, undefined, '::ffff:192.0.2.1']],
  ['IPv4 with a port', '192.0.2.1', [1, '192.0.2.1:4711']],
  ['IPv6', '2001:db8::1', [1, '2001:db8::1']],
  ['IPv6 with a port', '2001:db8::1', [1, '[2001:db8::1]:4711']],
  ['IPv6 in brackets', '2001:db8::1', [1, '[2001:db8::1]']],
])('the server reads the address of a client: %s', (_what, address, given) => {
  expect(addressOf(...given)).toBe(address)
})

/** What is believed of a request that comes from `socket` with these headers. */
function believed(proxies: TrustedProxies, headers: Record<string, string>, socket = '10.0.0.1') {
  const request = { headers, socket: { remoteAddress: socket } } as unknown as IncomingMessage
  const known = knowProxies(proxies)
  return [known.clientOf(request).ipAddress, known.schemeOf(request)]
}

const by = (forwarded: string, proto = 'https') => ({
  'x-forwarded-for': forwarded,
  'x-forwarded-proto': proto,
})

test.each<[string, (string | null)[], TrustedProxies, Record<string, string>, string?]>([
  ['one of a network', ['192.0.2.1', 'https'], ['10.0.0.0/8'], by('forged, 192.0.2.1')],
  ['two of a network', ['192.0.2.1', 'https'], ['10.0.0.0/8'], by('192.0.2.1, 10.9.9.9')],
  ['by its address', ['192.0.2.1', 'https'], ['10.0.0.1'], by('192.0.2.1')],
  ['by a name', ['192.0.2.1', 'https'], ['private'], by('192.0.2.1, 172.16.0.9')],
  ['by Express’s name', ['192.0.2.1', 'https'], ['uniquelocal'], by('192.0.2.1'), 'fd00::1'],
  ['on this machine', ['192.0.2.1', 'https'], ['loopback'], by('192.0.2.1'), '::1'],
  [
    'IPv4 written as IPv6',
    ['192.0.2.1', 'https'],
    ['10.0.0.0/8'],
    by('192.0.2.1'),
    '::ffff:10.0.0.1',
  ],
  ['IPv6', ['192.0.2.1', 'https'], ['2001:db8::/32'], by('192.0.2.1'), '2001:db8:9::1'],
  [
    'a proxy that is not ours',
    ['198.51.100.1', null],
    ['10.0.0.0/8'],
    by('192.0.2.1'),
    '198.51.100.1',
  ],
  ['ours all the way', ['10.0.0.7', 'https'], ['10.0.0.0/8'], by('10.0.0.7, 10.0.0.8')],
  [
    'a stranger between ours',
    ['203.0.113.1', 'http'],
    ['10.0.0.0/8'],
    by('10.0.0.9, 203.0.113.1', 'https, http'),
  ],
  ['what is no address', [null, 'https'], ['10.0.0.0/8'], by('192.0.2.1, unknown')],
])(
  'the server believes the proxies that the operator lists: %s',
  (_what, expected, proxies, headers, socket) => {
    expect(believed(proxies, headers, socket)).toEqual(expected)
  },
)

test.each<[string, (string | null)[], Record<string, string>]>([
  ['one hop', ['192.0.2.1', 'https'], { forwarded: 'for=192.0.2.1;proto=https;by=10.0.0.1' }],
  [
    'what the visitor wrote before it',
    ['192.0.2.1', 'http'],
    { forwarded: 'for=6.6.6.6;proto=https, For="192.0.2.1:4711"; Proto=HTTP' },
  ],
  [
    'IPv6 with a port',
    ['2001:db8::1', 'https'],
    { forwarded: 'for="[2001:db8::1]:4711";proto=https' },
  ],
  ['a name that hides the visitor', [null, 'https'], { forwarded: 'for=_hidden;proto=https' }],
  [
    'a quote that the visitor left open',
    [null, null],
    { forwarded: 'for=6.6.6.6;x=", for=192.0.2.1;proto=https' },
  ],
  [
    'a quote that swallows a quote',
    [null, null],
    { forwarded: 'for=6.6.6.6;x=", for="[2001:db8::1]";proto=https' },
  ],
  [
    'X-Forwarded-* beside it, which counts alone',
    ['192.0.2.1', null],
    { forwarded: 'for=6.6.6.6;proto=https', 'x-forwarded-for': '192.0.2.1' },
  ],
  [
    'X-Forwarded-Proto beside it, which counts alone',
    ['10.0.0.1', 'http'],
    { forwarded: 'for=6.6.6.6;proto=https', 'x-forwarded-proto': 'http' },
  ],
  ['X-Real-IP, which any client can write', ['10.0.0.1', null], { 'x-real-ip': '6.6.6.6' }],
])('the server reads the Forwarded header: %s', (_what, expected, headers) => {
  expect(believed(1, headers)).toEqual(expected)
  expect(believed(['10.0.0.0/8'], headers)).toEqual(expected)
})

test('without proxies of ours the server believes no header', () => {
  const headers = { ...by('6.6.6.6'), forwarded: 'for=6.6.6.6;proto=https' }
  expect(believed(0, headers)).toEqual(['10.0.0.1', null])
})

test('parseForwarded reads a header as RFC 7239 writes it, or not at all', () => {
  expect(parseForwarded('for="_gazonk", for=192.0.2.43, For="[2001:db8:cafe::17]:4711"')).toEqual([
    { for: '_gazonk', proto: null },
    { for: '192.0.2.43', proto: null },
    { for: '[2001:db8:cafe::17]:4711', proto: null },
  ])
  expect(parseForwarded('for=1;secret="a\\"b,c;d";proto=http')).toEqual([
    { for: '1', proto: 'http' },
  ])
  for (const text of ['for', 'for=', 'for="a', 'for="a"b', 'for=a b', '=a', 'for=a"b"'])
    expect([text, parseForwarded(text)]).toEqual([text, null])
})
