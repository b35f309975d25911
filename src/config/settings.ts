import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'

function wholeNumber(least: number, most: number) {
  const message = `A whole number from ${least} to ${most}.`
  return z
    .string()
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message)
}

/** RFC 6265bis lets no cookie live longer than 400 days. */
const seconds = (least: number) => wholeNumber(least, 400 * 24 * 60 * 60)
const flag = z.enum(['true', 'false'], 'true or false.').transform((value) => value === 'true')
const list = z.string().transform(itemsOf)
/** How much of something a document may hold. More than a hundred thousand would be no bound. */
const many = wholeNumber(1, 100_000)
const longEnough = (secret: string) => Buffer.byteLength(secret) >= 32

const cacheUrl = /^((rediss?|valkeys?)([-+](cluster|sentinel))?:\/\/.|memcached:\/\/.|unix:\/.)/

/** Every variable that the server reads, with its default and what is wrong with a value that it cannot use. */
export const settings = {
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(4000),
  DATABASE_URL: z
    .string()
    .regex(/^(file:.|postgres(ql)?:\/\/.)/, 'file: and a path, or postgresql:// and a server.')
    .default('file:./data/coatcheck.db'),
  CACHE_URL: z
    .string()
    .regex(
      cacheUrl,
      'redis://, rediss://, valkey://, valkeys://, unix:, redis-cluster://, redis-sentinel:// or memcached://, and a server.',
    )
    .optional(),
  SECRET_KEY: z.string().refine(longEnough, 'At least 32 bytes.').optional(),
  SECRET_KEY_FALLBACKS: list
    .refine((keys) => keys.every(longEnough), 'At least 32 bytes each.')
    .default([]),
  SESSION_ENGINE: z.string().default('database'),
  SESSION_FILE_PATH: z.string().default('./data/sessions'),
  SESSION_STORE_TIMEOUT: wholeNumber(10, 60_000).default(3000),
  SESSION_COOKIE_NAME: z
    .string()
    .regex(
      /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/,
      'Letters, digits and the marks of an RFC 6265 token.',
    )
    .default('sessionid'),
  SESSION_COOKIE_AGE: seconds(1).default(300),
  SESSION_REMEMBER_AGE: seconds(1).default(1_209_600),
  SESSION_STAFF_AGE: seconds(1).optional(),
  SESSION_RECHECK_INTERVAL: wholeNumber(1, 3600).default(15),
  SESSION_ABSOLUTE_AGE: seconds(0).default(2_592_000),
  SESSION_EXPIRE_AT_BROWSER_CLOSE: flag.default(false),
  SESSION_COOKIE_SECURE: flag.optional(),
  SESSION_COOKIE_HTTPONLY: flag.default(true),
  SESSION_COOKIE_SAMESITE: z.enum(['Strict', 'Lax', 'None'], 'Strict, Lax or None.').default('Lax'),
  SESSION_COOKIE_DOMAIN: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, 'A domain name.')
    .optional(),
  SESSION_COOKIE_PATH: z
    .string()
    .regex(/^\/[\x21-\x3a\x3c-\x7e]*$/, 'A path that begins with /.')
    .default('/'),
  SESSION_COOKIE_PARTITIONED: flag.default(false),
  SESSION_SAVE_EVERY_REQUEST: flag.default(true),
  AUTHENTICATION_BACKENDS: list
    .refine((names) => names.length > 0, 'At least one.')
    .default(['password']),
  REGISTRATION: z.enum(['open', 'closed'], 'open or closed.').default('open'),
  PASSWORD_MIN_LENGTH: wholeNumber(8, 128).default(8),
  AUDIT_RETENTION: wholeNumber(0, 3_153_600_000).default(7_776_000),
  ALLOWED_ORIGINS: list
    .refine(
      (origins) => origins.every(isOrigin),
      'Origins as browsers write them, such as https://shop.example or capacitor://localhost: in lower case, without a path, a final slash or the usual port.',
    )
    .default([]),
  TRUST_PROXY: z
    .string()
    .refine(
      (text) => /^(false|\d)$/.test(text) || areProxies(itemsOf(text)),
      'false, the number of proxies in front, or their addresses: 10.0.0.0/8, 2001:db8::1, loopback, private.',
    )
    .transform((text) => (text === 'false' ? 0 : /^\d$/.test(text) ? Number(text) : itemsOf(text)))
    .default(0),
  SECURE_HSTS_SECONDS: wholeNumber(0, 3_153_600_000).default(0),
  ALLOWED_HOSTS: list
    .refine(
      (hosts) => hosts.every(isHost),
      'Host names such as shop.example, .shop.example or [::1], without a scheme, a port or a path; * for any.',
    )
    .transform((hosts) => hosts.map(canonicalHost))
    .default([]),
  GRAPHIQL: flag.optional(),
  INTROSPECTION: flag.optional(),
  DATA_UPLOAD_MAX_MEMORY_SIZE: wholeNumber(1024, 100_000_000).default(102_400),
  GRAPHQL_MAX_TOKENS: many.default(1000),
  GRAPHQL_MAX_DEPTH: many.default(10),
  GRAPHQL_MAX_ALIASES: many.default(30),
  GRAPHQL_MAX_FIELDS: many.default(250),
  GRAPHQL_MAX_DIRECTIVES: many.default(10),
  GRAPHQL_MAX_ROOT_MUTATIONS: many.default(10),
  GRAPHQL_MAX_PAGE_SIZE: wholeNumber(1, 1000).default(100),
  GRAPHQL_MAX_ROWS: wholeNumber(1, 1_000_000).default(1000),
  GRAPHQL_TIMEOUT: wholeNumber(1, 3600).default(5),
  HTTP_MAX_HEADER_SIZE: wholeNumber(1024, 1_048_576).default(16_384),
  HTTP_HEADERS_TIMEOUT: wholeNumber(1, 3600).default(5),
  HTTP_REQUEST_TIMEOUT: wholeNumber(1, 3600).default(10),
  HTTP_KEEP_ALIVE_TIMEOUT: wholeNumber(1, 3600).default(65),
  HTTP_MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(1000),
  SHUTDOWN_DELAY: wholeNumber(0, 60).default(1),
  ADMIN_USERNAME: z.string().default('admin'),
  ADMIN_EMAIL: z
    .string()
    .regex(/^[^\s@]+@[^\s@]+$/, 'An e-mail address.')
    .optional(),
  ADMIN_PASSWORD: z.string().min(8, 'At least 8 characters.').optional(),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'A level such as info or debug.',
    )
    .default('info'),
}

/** What the settings come to. */
export type Values = { [Name in keyof typeof settings]: z.output<(typeof settings)[Name]> }

/** What is taken as it is, spaces and all. */
export const secrets: readonly string[] = ['SECRET_KEY', 'ADMIN_PASSWORD']

function itemsOf(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** Schemes of pages that have no origin of their own, or never the one that they are written with. */
const opaque = ['file', 'data', 'blob', 'about', 'javascript', 'ws', 'wss', 'ftp']

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

/** As a Host header may say it, and Django's two wider forms. */
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
