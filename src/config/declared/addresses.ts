import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { itemsOf, list } from './text.ts'

/** Origins, each as browsers write it. */
export const origins = list.refine(
  (given) => given.every(isOrigin),
  'Origins as browsers write them, such as https://shop.example or capacitor://localhost: in lower case, without a path, a final slash or the usual port.',
)

/** Names of this server, as a Host header may say them, and Django's two wider forms. */
export const hosts = list
  .refine(
    (given) => given.every(isHost),
    'Host names such as shop.example, .shop.example or [::1], without a scheme, a port or a path; * for any.',
  )
  .transform((given): readonly string[] => given.map(canonicalHost))

/** The operator's proxies: how many there are, or their addresses. */
export const proxies = z
  .string()
  .refine(
    (text) => /^(false|\d)$/.test(text) || areProxies(itemsOf(text)),
    'false, the number of proxies in front, or their addresses: 10.0.0.0/8, 2001:db8::1, loopback, private.',
  )
  .transform((text) => (text === 'false' ? 0 : /^\d$/.test(text) ? Number(text) : itemsOf(text)))

/** A port, 0 for a free one, or an address of this machine and a port of it. See `splitAddress`. */
export const listenAddress = z
  .string()
  .regex(
    /^(?:(?:[\w.-]+|\[[\da-f:.%\w]+\]):)?\d{1,5}$/i,
    'A port such as 9464, or an address and a port: 10.0.0.5:9464 or [::1]:9464.',
  )
  .refine((text) => splitAddress(text).port <= 65_535, 'A port is 65535 at most.')

/** Schemes of pages that have no origin of their own, or never the one that they are written with. */
const opaque = ['file', 'data', 'blob', 'about', 'javascript', 'ws', 'wss', 'ftp']

/** The parts of a `listenAddress`; the host is null where there is a port alone. */
export function splitAddress(text: string): {
  readonly host: string | null
  readonly port: number
} {
  const at = text.lastIndexOf(':')
  const host = at === -1 ? null : text.slice(0, at).replace(/^\[|\]$/g, '')
  return { host, port: Number(text.slice(at + 1)) }
}

/** Is it what some browser, hybrid app, desktop shell or extension sends as Origin? It is compared byte by byte. */
function isOrigin(text: string): boolean {
  if (text === 'null') return true
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^/?#@\s]+)$/.exec(text) ?? []
  if (opaque.includes(scheme) || !URL.canParse(text)) return false
  if (['http', 'https'].includes(scheme)) return new URL(text).origin === text
  // Safari alone names its extensions in capitals.
  const name = scheme === 'safari-web-extension' ? host.toLowerCase() : host
  return /^[a-z0-9._~-]+(:\d{1,5})?$/.test(name)
}

function isHost(text: string): boolean {
  if (text === '*') return true
  const name = text.toLowerCase().replace(/^\./, '').replace(/\.$/, '')
  if (/^\[[\da-f:.]+\]$/.test(text.toLowerCase())) return isIP(text.slice(1, -1)) === 6
  const isName = /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(
    name,
  )
  return isName && name.length <= 253
}

/** An IPv6 address has many spellings, of which a URL picks one. */
function canonicalHost(text: string): string {
  return text.startsWith('[')
    ? new URL(`http://${text}`).hostname
    : text.toLowerCase().replace(/\.$/, '')
}

function areProxies(items: readonly string[]): boolean {
  return items.length > 0 && items.every(isProxy)
}

/** An address, a network in CIDR, or a name for some. The operator's proxies cannot be all addresses there are. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'private', 'uniquelocal'].includes(text)) return true
  const [address = '', bits] = text.split('/')
  if (isIP(address) === 0 || address.includes('%')) return false
  return bits === undefined || (ipaddr.isValidCIDR(text) && Number(bits) > 0)
}
