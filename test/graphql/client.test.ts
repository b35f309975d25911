import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { clientOf } from '../../src/graphql/client.ts'

function addressOf(proxies: number, forwarded?: string, socket: string | undefined = '10.0.0.1') {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  const request = { headers, socket: { remoteAddress: socket } }
  return clientOf(request as unknown as IncomingMessage, proxies).ipAddress
}

test.each<[string, string | null, [number, (string | undefined)?, string?]]>([
  ['without proxies, who is connected', '10.0.0.1', [0, '192.0.2.1']],
  ['behind one, the last that was written', '192.0.2.1', [1, '203.0.113.9, 192.0.2.1']],
  ['behind two, the last but one', '192.0.2.1', [2, 'forged, 192.0.2.1,10.0.0.2']],
  ['behind more than there are, the first', '192.0.2.1', [9, '192.0.2.1, 10.0.0.2']],
  ['without the header, who is connected', '10.0.0.1', [1]],
  ['with an empty header, who is connected', '10.0.0.1', [1, ' , ']],
  ['nobody, where that is no address', null, [1, 'unknown']],
  ['IPv4 written as IPv6', '192.0.2.1', [0, undefined, '::ffff:192.0.2.1']],
  ['IPv4 with a port', '192.0.2.1', [1, '192.0.2.1:4711']],
  ['IPv6', '2001:db8::1', [1, '2001:db8::1']],
  ['IPv6 with a port', '2001:db8::1', [1, '[2001:db8::1]:4711']],
  ['IPv6 in brackets', '2001:db8::1', [1, '[2001:db8::1]']],
])('the address: %s', (_what, address, given) => {
  expect(addressOf(...given)).toBe(address)
})
