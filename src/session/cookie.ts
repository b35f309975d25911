import { expiresAtBrowserClose } from './expiry.ts'
import type { ExpiryPolicy } from './expiry.ts'
import type { SessionRecord } from './record.ts'

/** The attributes of the session cookie (RFC 6265bis), as the operator set them. */
export interface CookieSettings {
  readonly name: string
  readonly secure: boolean
  readonly httpOnly: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None'
  readonly domain: string | null
  readonly path: string
}

/**
 * The value of the cookie `name` in a Cookie header; null where there is none, or where the header names two different
 * ones (cookie tossing), of which `warn` is told. The name must match byte by byte: parsers that trim more than
 * RFC 6265's spaces and tabs let `__Host-` be forged.
 */
export function readCookie(
  header: string | null,
  name: string,
  warn?: (message: string) => void,
): string | null {
  const values = new Set<string>()
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at !== -1 && trim(pair.slice(0, at)) === name) values.add(trim(pair.slice(at + 1)))
  }
  const [value = null, another] = values
  if (another === undefined) return value
  warn?.('A request carried two different session cookies, and was given no session.')
  return null
}

/** What the browser is told to keep: a value, for as long as the record says. */
export interface Cookie {
  readonly value: string
  readonly record: SessionRecord
}

/** The Set-Cookie header for `cookie`. Max-Age is the session's own, in whole seconds; the server's clock decides. */
export function writeCookie(
  { value, record }: Cookie,
  settings: CookieSettings,
  policy: ExpiryPolicy,
  now: number,
): string {
  const age = Math.max(0, Math.ceil((record.expiresAt - now) / 1000))
  const lifetime = expiresAtBrowserClose(record.expiry, policy)
    ? []
    : [`Max-Age=${Math.min(age, longest)}`]
  return [`${settings.name}=${value}`, ...lifetime, ...attributes(settings)].join('; ')
}

/** The Set-Cookie header that makes the browser forget it. */
export function clearCookie(settings: CookieSettings): string {
  return [`${settings.name}=`, 'Max-Age=0', ...attributes(settings)].join('; ')
}

/** RFC 6265bis: browsers keep no cookie for longer than 400 days. */
const longest = 400 * 24 * 60 * 60

function attributes({ secure, httpOnly, sameSite, domain, path }: CookieSettings): string[] {
  return [
    ...(domain === null ? [] : [`Domain=${domain}`]),
    `Path=${path}`,
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    `SameSite=${sameSite}`,
  ]
}

function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
