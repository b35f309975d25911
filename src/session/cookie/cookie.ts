import { addHeader } from '../../http/exchange.ts'
import type { Exchange } from '../../http/exchange.ts'
import { longestCookieAge } from '../../config/longest-cookie.ts'
import { expiresAtBrowserClose } from '../record/expiry.ts'
import type { ExpiryPolicy } from '../record/expiry.ts'
import type { SessionRecord } from '../record/record.ts'

/** The attributes of the session cookie (RFC 6265bis) that the operator can set. The cookie is always HttpOnly. */
export interface CookieSettings {
  readonly name: string
  readonly secure: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None'
  readonly domain: string | null
  readonly path: string
  /** CHIPS: a page inside another site's page has a cookie of its own for each of those sites. Needs `secure`. */
  readonly partitioned: boolean
}

/**
 * The values of the cookie `name` in a Cookie header, in their order: browsers send every cookie of that name whose host and
 * path fit. The name must match byte by byte: a parser that trims more than the spaces and tabs of RFC 6265 lets an attacker
 * forge `__Host-`.
 */
export function readCookies(header: string | undefined, name: string): string[] {
  const values: string[] = []
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at !== -1 && trim(pair.slice(0, at)) === name) values.push(trim(pair.slice(at + 1)))
  }
  return values
}

/** Adds Set-Cookie headers to an answer, and has its Cache-Control forbid caches to keep it. */
export function putCookies(exchange: Pick<Exchange, 'headers'>, cookies: readonly string[]): void {
  for (const cookie of cookies) addHeader(exchange, 'Set-Cookie', cookie)
}

/** A cookie to be sent: the browser keeps its value for as long as the record says. */
export interface Cookie {
  readonly value: string
  readonly record: SessionRecord
}

/** Does the answer set a cookie? Then no cache may keep it. */
export function carriesCookie({ headers }: Pick<Exchange, 'headers'>): boolean {
  return headers.includes('Set-Cookie')
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
    : [`Max-Age=${Math.min(age, longestCookieAge)}`]
  return [`${settings.name}=${value}`, ...lifetime, ...attributes(settings)].join('; ')
}

/** The Set-Cookie header that makes the browser forget it. */
export function clearCookie(settings: CookieSettings): string {
  return [`${settings.name}=`, 'Max-Age=0', ...attributes(settings)].join('; ')
}

/**
 * The Set-Cookie headers that make the browser forget cookies of the same name which an earlier setting has left: those
 * without a domain, those of the paths `/` and `paths`, and those that were not partitioned. A browser sends them all, and
 * does not say which is which. None for `__Host-`, because a browser keeps only one such cookie. `paths` may come from
 * callers: this leaves out any that is no plain path.
 */
export function clearTwins(settings: CookieSettings, paths: readonly string[] = []): string[] {
  if (settings.name.toLowerCase().startsWith('__host-')) return []
  const own = clearCookie(settings)
  const all = [null, settings.domain].flatMap((domain) =>
    ['/', settings.path, ...paths.filter(isPlain)].flatMap((path) =>
      [false, settings.partitioned].map((partitioned) =>
        clearCookie({ ...settings, domain, path, partitioned }),
      ),
    ),
  )
  return [...new Set(all)].filter((header) => header !== own)
}

function isPlain(path: string): boolean {
  return /^\/[\w.~%/-]{0,255}$/.test(path)
}

function attributes(settings: CookieSettings): string[] {
  const { secure, sameSite, domain, path, partitioned } = settings
  return [
    ...(domain === null ? [] : [`Domain=${domain}`]),
    `Path=${path}`,
    ...(secure ? ['Secure'] : []),
    'HttpOnly', // no page needs the key, and an injected script must not have it
    `SameSite=${sameSite}`,
    ...(partitioned ? ['Partitioned'] : []),
  ]
}

function trim(text: string): string {
  return isPadding(text.at(0)) || isPadding(text.at(-1)) ? text.replace(padding, '') : text
}

const padding = /^[ \t]+|[ \t]+$/g

function isPadding(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
