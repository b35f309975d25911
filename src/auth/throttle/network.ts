import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * The network of one client: an IPv4 address, or the /64 of an IPv6 address. A subscriber gets at least a /64, and may pick a
 * new address in it for each attempt. All unknown addresses have one name.
 */
export function networkOf(address: string | null): string {
  if (address === null || isIP(address) === 0) return address ?? 'unknown'
  const ip = ipaddr.process(address) // takes IPv4 written as IPv6 for IPv4
  if (!(ip instanceof ipaddr.IPv6)) return ip.toString()
  const groups = ip.parts.slice(0, 4).map((group) => group.toString(16))
  return `${groups.join(':')}::/64`
}
