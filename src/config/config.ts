import { readEnvFile } from './env-file.ts'
import { secrets, settings } from './settings.ts'
import type { Values } from './settings.ts'

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
    readonly partitioned: boolean
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
  /** The names that /graphql may be asked under; none listed: any. */
  readonly allowedHosts: readonly string[]
  /** How many proxies stand in front, or their addresses. */
  readonly trustProxy: number | readonly string[]
  /** How long browsers shall reach the site by HTTPS alone; 0: that is not said. */
  readonly hstsSeconds: number
  readonly graphiql: boolean
  readonly introspection: boolean
  /** What one request may ask for. */
  readonly limits: {
    readonly bodyBytes: number
    readonly tokens: number
    readonly depth: number
    readonly aliases: number
    readonly fields: number
    readonly directives: number
    readonly rootMutations: number
    readonly pageSize: number
    readonly rows: number
    readonly timeout: number
  }
  /** What one connection may take, and all of them together. */
  readonly http: {
    readonly headerBytes: number
    readonly headersTimeout: number
    readonly requestTimeout: number
    readonly keepAliveTimeout: number
    readonly connections: number
    /** How long requests are still taken after the server was asked to stop. */
    readonly shutdownDelay: number
  }
  readonly admin: {
    readonly username: string
    readonly email: string | null
    readonly password: string | null
  }
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
  return { ...readEnvFile(file), ...process.env }
}

/** The settings that `environment` makes. An empty variable counts as one that is not there. Throws `ConfigError`. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const { config, faults } = examine(environment)
  if (config === null) throw new ConfigError(faults)
  return config
}

/** The settings as far as they can be read, each fault of the others, and all of them where there is none. */
export function examine(environment: Record<string, string | undefined>): {
  readonly values: Partial<Values>
  readonly faults: readonly string[]
  readonly config: Config | null
} {
  const faults: string[] = []
  const values: Partial<Values> = {}
  for (const [name, schema] of Object.entries(settings)) {
    const given = environment[name]
    const text = secrets.includes(name) ? given : unquoted(given?.trim())
    const parsed = schema.safeParse(text === '' ? undefined : text)
    if (parsed.success) Object.assign(values, { [name]: parsed.data })
    else faults.push(`${name}: ${parsed.error.issues.map(({ message }) => message).join(' ')}`)
  }
  const production = environment['NODE_ENV'] === 'production'
  const hasSecret = !!environment['SECRET_KEY']
  faults.push(...disagreements(values, { production, hasSecret }))
  const config = faults.length === 0 ? assemble(values as Values, production) : null
  return { values, faults, config }
}

/** Docker's --env-file takes quotes for a part of the value. No setting begins and ends with them. */
function unquoted(text: string | undefined): string | undefined {
  return text?.replace(/^(["'])(.*)\1$/s, '$2')
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
      (values.HTTP_HEADERS_TIMEOUT ?? 0) > (values.HTTP_REQUEST_TIMEOUT ?? Infinity),
      'HTTP_HEADERS_TIMEOUT: Not longer than HTTP_REQUEST_TIMEOUT, of which it is a part.',
    ],
    [
      values.SESSION_COOKIE_SAMESITE === 'None' && !isSecure,
      'SESSION_COOKIE_SAMESITE: None needs SESSION_COOKIE_SECURE=true.',
    ],
    [
      values.SESSION_COOKIE_PARTITIONED === true && !isSecure,
      'SESSION_COOKIE_PARTITIONED: Needs SESSION_COOKIE_SECURE=true.',
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
      partitioned: values.SESSION_COOKIE_PARTITIONED,
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
    allowedHosts: values.ALLOWED_HOSTS,
    trustProxy: values.TRUST_PROXY,
    hstsSeconds: values.SECURE_HSTS_SECONDS,
    graphiql: values.GRAPHIQL ?? !production,
    // GraphiQL without the schema is an error message.
    introspection: values.INTROSPECTION ?? (!production || values.GRAPHIQL === true),
    limits: {
      bodyBytes: values.DATA_UPLOAD_MAX_MEMORY_SIZE,
      tokens: values.GRAPHQL_MAX_TOKENS,
      depth: values.GRAPHQL_MAX_DEPTH,
      aliases: values.GRAPHQL_MAX_ALIASES,
      fields: values.GRAPHQL_MAX_FIELDS,
      directives: values.GRAPHQL_MAX_DIRECTIVES,
      rootMutations: values.GRAPHQL_MAX_ROOT_MUTATIONS,
      pageSize: values.GRAPHQL_MAX_PAGE_SIZE,
      rows: values.GRAPHQL_MAX_ROWS,
      timeout: values.GRAPHQL_TIMEOUT,
    },
    http: {
      headerBytes: values.HTTP_MAX_HEADER_SIZE,
      headersTimeout: values.HTTP_HEADERS_TIMEOUT,
      requestTimeout: values.HTTP_REQUEST_TIMEOUT,
      keepAliveTimeout: values.HTTP_KEEP_ALIVE_TIMEOUT,
      connections: values.HTTP_MAX_CONNECTIONS,
      shutdownDelay: values.SHUTDOWN_DELAY,
    },
    admin: {
      username: values.ADMIN_USERNAME,
      email: values.ADMIN_EMAIL ?? null,
      password: values.ADMIN_PASSWORD ?? null,
    },
    logLevel: values.LOG_LEVEL,
  }
}
