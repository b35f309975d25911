import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { z } from 'zod'

/** Every setting, checked. Times are in seconds. */
export interface Config {
  /** NODE_ENV=production. */
  readonly production: boolean
  readonly host: string
  readonly port: number
  readonly databaseUrl: string
  /** Where the cache is; null where the engine needs none. */
  readonly cacheUrl: string | null
  /** Null: made on the first start and kept beside the database. Never in production. */
  readonly secretKey: string | null
  readonly secretKeyFallbacks: readonly string[]
  /** A built-in name, a package, or the path of a module. */
  readonly sessionEngine: string
  readonly sessionFilePath: string
  /** How long a store may take to answer, in milliseconds. */
  readonly storeTimeout: number
  readonly cookie: {
    readonly name: string
    readonly secure: boolean
    readonly httpOnly: boolean
    readonly sameSite: 'Strict' | 'Lax' | 'None'
    readonly domain: string | null
    readonly path: string
  }
  readonly policy: {
    readonly age: number
    readonly absoluteAge: number
    readonly expireAtBrowserClose: boolean
  }
  readonly rememberAge: number
  /** The longest idle time of a staff session; null: as long as anybody's. */
  readonly staffAge: number | null
  /** How often a stream makes sure that its session has not ended on another process. */
  readonly recheckInterval: number
  readonly saveEveryRequest: boolean
  readonly authenticationBackends: readonly string[]
  readonly registration: 'open' | 'closed'
  readonly passwordMinLength: number
  /** How long audit events are kept; 0: for ever. */
  readonly auditRetention: number
  readonly allowedOrigins: readonly string[]
  /** How many proxies stand in front. */
  readonly trustProxy: number
  readonly graphiql: boolean
  readonly introspection: boolean
  readonly admin: { readonly username: string; readonly password: string | null }
  readonly logLevel: string
}

/** The settings cannot be used. `faults` has a sentence for every one of them. */
export class ConfigError extends Error {
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`The configuration cannot be used:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/** The environment of this process, over what the `.env` file in the working directory says. */
export function readEnvironment(file = '.env'): Record<string, string | undefined> {
  const kept = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  return { ...kept, ...process.env }
}

/** The settings that `environment` makes. An empty variable counts as one that is not there. Throws `ConfigError`. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const faults: string[] = []
  const values: Partial<Values> = {}
  for (const [name, schema] of Object.entries(settings)) {
    const given = environment[name]
    const text = secrets.includes(name) ? given : given?.trim()
    const parsed = schema.safeParse(text === '' ? undefined : text)
    if (parsed.success) Object.assign(values, { [name]: parsed.data })
    else faults.push(`${name}: ${parsed.error.issues.map(({ message }) => message).join(' ')}`)
  }
  const production = environment['NODE_ENV'] === 'production'
  const hasSecret = !!environment['SECRET_KEY']
  faults.push(...disagreements(values, { production, hasSecret }))
  if (faults.length > 0) throw new ConfigError(faults)
  return assemble(values as Values, production)
}

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
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)
const longEnough = (secret: string) => Buffer.byteLength(secret) >= 32

const cacheUrl = /^((rediss?|valkeys?|redis-cluster|memcached):\/\/.|unix:\/.)/

const settings = {
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
      'redis://, rediss://, valkey://, valkeys://, unix:, redis-cluster:// or memcached://, and a server.',
    )
    .optional(),
  SECRET_KEY: z.string().refine(longEnough, 'At least 32 bytes.').optional(),
  SECRET_KEY_FALLBACKS: list
    .refine((keys) => keys.every(longEnough), 'At least 32 bytes each.')
    .default([]),
  SESSION_ENGINE: z.string().default('database'),
  SESSION_FILE_PATH: z.string().default('./data/sessions'),
  SESSION_STORE_TIMEOUT: wholeNumber(10, 60_000).default(500),
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
      'Origins such as https://shop.example, without a path.',
    )
    .default([]),
  TRUST_PROXY: z
    .string()
    .regex(/^(false|\d)$/, 'false, or the number of proxies in front.')
    .transform((text) => (text === 'false' ? 0 : Number(text)))
    .default(0),
  GRAPHIQL: flag.optional(),
  INTROSPECTION: flag.optional(),
  ADMIN_USERNAME: z.string().default('admin'),
  ADMIN_PASSWORD: z.string().min(8, 'At least 8 characters.').optional(),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'A level such as info or debug.',
    )
    .default('info'),
}

/** What is taken as it is, spaces and all. */
const secrets = ['SECRET_KEY', 'ADMIN_PASSWORD']

type Values = { [Name in keyof typeof settings]: z.output<(typeof settings)[Name]> }

function isOrigin(text: string): boolean {
  if (text === 'null') return true
  try {
    return new URL(text).origin === text
  } catch {
    return false // TypeError: not a URL
  }
}

/** Settings that are right each by itself and cannot be kept together. */
function disagreements(
  values: Partial<Values>,
  { production, hasSecret }: { production: boolean; hasSecret: boolean },
): string[] {
  const name = values.SESSION_COOKIE_NAME ?? ''
  const isSecure = values.SESSION_COOKIE_SECURE ?? production
  const isHost = name.toLowerCase().startsWith('__host-')
  const rules: [boolean, string][] = [
    [production && !hasSecret, 'SECRET_KEY: Needed in production, at least 32 bytes.'],
    [
      ['cache', 'cached-database'].includes(values.SESSION_ENGINE ?? '') &&
        values.CACHE_URL === undefined,
      `CACHE_URL: Needed by SESSION_ENGINE=${values.SESSION_ENGINE}.`,
    ],
    [
      values.SESSION_COOKIE_SAMESITE === 'None' && !isSecure,
      'SESSION_COOKIE_SAMESITE: None needs SESSION_COOKIE_SECURE=true.',
    ],
    [
      (isHost || name.toLowerCase().startsWith('__secure-')) && !isSecure,
      'SESSION_COOKIE_NAME: The prefix needs SESSION_COOKIE_SECURE=true.',
    ],
    [
      isHost && (values.SESSION_COOKIE_DOMAIN !== undefined || values.SESSION_COOKIE_PATH !== '/'),
      'SESSION_COOKIE_NAME: __Host- allows no SESSION_COOKIE_DOMAIN, and no SESSION_COOKIE_PATH but /.',
    ],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence)
}

function assemble(values: Values, production: boolean): Config {
  return {
    production,
    host: values.HOST,
    port: values.PORT,
    databaseUrl: values.DATABASE_URL,
    cacheUrl: values.CACHE_URL ?? null,
    secretKey: values.SECRET_KEY ?? null,
    secretKeyFallbacks: values.SECRET_KEY_FALLBACKS,
    sessionEngine: values.SESSION_ENGINE,
    sessionFilePath: values.SESSION_FILE_PATH,
    storeTimeout: values.SESSION_STORE_TIMEOUT,
    cookie: {
      name: values.SESSION_COOKIE_NAME,
      secure: values.SESSION_COOKIE_SECURE ?? production,
      httpOnly: values.SESSION_COOKIE_HTTPONLY,
      sameSite: values.SESSION_COOKIE_SAMESITE,
      domain: values.SESSION_COOKIE_DOMAIN ?? null,
      path: values.SESSION_COOKIE_PATH,
    },
    policy: {
      age: values.SESSION_COOKIE_AGE,
      absoluteAge: values.SESSION_ABSOLUTE_AGE,
      expireAtBrowserClose: values.SESSION_EXPIRE_AT_BROWSER_CLOSE,
    },
    rememberAge: values.SESSION_REMEMBER_AGE,
    staffAge: values.SESSION_STAFF_AGE ?? null,
    recheckInterval: values.SESSION_RECHECK_INTERVAL,
    saveEveryRequest: values.SESSION_SAVE_EVERY_REQUEST,
    authenticationBackends: values.AUTHENTICATION_BACKENDS,
    registration: values.REGISTRATION,
    passwordMinLength: values.PASSWORD_MIN_LENGTH,
    auditRetention: values.AUDIT_RETENTION,
    allowedOrigins: values.ALLOWED_ORIGINS,
    trustProxy: values.TRUST_PROXY,
    graphiql: values.GRAPHIQL ?? !production,
    introspection: values.INTROSPECTION ?? !production,
    admin: { username: values.ADMIN_USERNAME, password: values.ADMIN_PASSWORD ?? null },
    logLevel: values.LOG_LEVEL,
  }
}
