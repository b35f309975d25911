import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * What one client holds of the internet: an IPv4 address; of IPv6 the /64, which is the least that a subscriber is
 * given, and in which every caller may pick a new address for each attempt. One name for all whose address is not known.
 */
export function networkOf(address: string | null): string {
  if (address === null || isIP(address) === 0) return address ?? 'unknown'
  const ip = ipaddr.process(address) // IPv4 that is written as IPv6 is IPv4
  if (!(ip instanceof ipaddr.IPv6)) return ip.toString()
  const groups = ip.parts.slice(0, 4).map((group) => group.toString(16))
  return `${groups.join(':')}::/64`
}
