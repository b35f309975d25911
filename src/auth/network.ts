import { isIPv4, isIPv6 } from 'node:net'

/**
 * What one client holds of the internet: an IPv4 address; of IPv6 the /64, which is the least that a subscriber is
 * given, and in which everybody may pick a new address for each attempt. One name for all whose address is not known.
 */
export function networkOf(address: string | null): string {
  if (address === null || !isIPv6(address)) return address ?? 'unknown'
  const groups = groupsOf(address)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return groups.slice(6).flatMap(bytesOf).join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight groups of an IPv6 address, however it is written. */
function groupsOf(address: string): number[] {
  const [head = [], tail] = address.replace(/%.*$/, '').split('::').map(numbersOf)
  const zeros = tail === undefined ? 0 : 8 - head.length - tail.length
  return [...head, ...Array.from({ length: zeros }, () => 0), ...(tail ?? [])]
}

function numbersOf(part: string): number[] {
  return part
    .split(':')
    .filter((group) => group !== '')
    .flatMap((group) => (isIPv4(group) ? pairsOf(group) : [Number.parseInt(group, 16)]))
}

function pairsOf(dotted: string): number[] {
  const [a = 0, b = 0, c = 0, d = 0] = dotted.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

function bytesOf(group: number): number[] {
  return [group >> 8, group & 255]
}
