import { DatabaseUnusable } from './errors.ts'

/** A PostgreSQL server as DATABASE_URL names it. Times in milliseconds. */
export interface PostgresqlAddress {
  /** The URL as the driver takes it. */
  readonly url: string
  /** Where our tables are. */
  readonly schema: string
  /** The most connections of this process. */
  readonly places: number
  /** How long a statement waits for one of them. */
  readonly placeTime: number
  /** How long connecting may take. */
  readonly connectTime: number
  /** How long a statement may take; null where the URL does not say. */
  readonly statementTime: number | null
  /** Ties the sign-in to the TLS connection, where the server offers it. */
  readonly bindsChannel: boolean
  /** May a statement stay prepared? Not where the URL says that a pooler lends out connections for one transaction. */
  readonly keepsStatements: boolean
}

/** Parameters that go to the driver as they are, because it gives them the meaning that libpq does. */
const forDriver = [
  'application_name',
  'client_encoding',
  'fallback_application_name',
  'host',
  'options',
  'password',
  'port',
  'sslcert',
  'sslkey',
  'sslnegotiation',
  'sslrootcert',
  'uselibpqcompat',
  'user',
]

const seconds: [RegExp, string] = [/^[1-9]\d{0,2}$/, 'a whole number of seconds from 1 to 999']

/** Parameters with their allowed values. `prefer` is no sslmode here: the driver would insist on TLS and a certificate. */
const checked: Record<string, [RegExp, string]> = {
  schema: [/^[^"\0]{1,63}$/, 'the name of a schema'],
  connection_limit: [/^[1-9]\d{0,3}$/, 'a whole number from 1 to 9999'],
  pool_timeout: seconds,
  connect_timeout: seconds,
  socket_timeout: seconds,
  sslmode: [
    /^(disable|require|verify-ca|verify-full|no-verify)$/,
    'disable, require, verify-ca, verify-full or no-verify',
  ],
  ssl: [/^(true|1|0)$/, 'true, 1 or 0'],
  channel_binding: [/^(disable|prefer|require)$/, 'disable, prefer or require'],
  // By either of these Prisma's users say that a pooler is between, so that no statement may stay prepared.
  pgbouncer: [/^(true|false)$/, 'true or false'],
  statement_cache_size: [/^0$/, '0'],
}

/** Parameters that this file reads, and takes out of the URL for the driver. */
const ours = [
  'schema',
  'connection_limit',
  'pool_timeout',
  'connect_timeout',
  'socket_timeout',
  'channel_binding',
  'pgbouncer',
  'statement_cache_size',
]

/**
 * Reads `url`. The parameters are those of Prisma and of libpq, with their meaning. Throws `DatabaseUnusable` for what is no
 * URL, and for a parameter that has no meaning here or a wrong value. The sentence has no part of the password.
 */
export function readPostgresqlUrl(url: string): PostgresqlAddress {
  const [base = '', query = ''] = url.split(/\?(.*)/s)
  const parameters = new URLSearchParams(query)
  if (!isUrl(base) || [...parameters.keys()].some((name) => !/^\w+$/.test(name))) {
    const advice = 'Write special characters of the password as %23 for #, and so on.'
    throw new DatabaseUnusable(`DATABASE_URL: It cannot be read as a URL. ${advice}`)
  }
  for (const [name, value] of parameters) check(name, value)
  const number = (name: string) => Number(parameters.get(name) ?? 0)
  const read = {
    schema: parameters.get('schema') ?? 'public',
    places: number('connection_limit') || 10,
    placeTime: 1000 * (number('pool_timeout') || 10),
    connectTime: 1000 * (number('connect_timeout') || 10),
    statementTime: 1000 * number('socket_timeout') || null,
    bindsChannel: ['prefer', 'require'].includes(parameters.get('channel_binding') ?? ''),
    keepsStatements:
      parameters.get('pgbouncer') !== 'true' && parameters.get('statement_cache_size') !== '0',
  }
  for (const name of ours) parameters.delete(name)
  return { url: parameters.size > 0 ? `${base}?${parameters}` : base, ...read }
}

/** A URL may name its server by the parameter `host`, and then has none between `@` and `/`. */
function isUrl(text: string): boolean {
  const whole = text.replace('@/', '@localhost/')
  return URL.canParse(whole) && new URL(whole).hash === ''
}

function check(name: string, value: string): void {
  const [pattern, words] = checked[name] ?? []
  if (pattern === undefined && !forDriver.includes(name)) {
    const names = [...Object.keys(checked), ...forDriver].sort().join(', ')
    throw new DatabaseUnusable(
      `DATABASE_URL: There is no parameter ${name}. These are taken: ${names}.`,
    )
  }
  if (pattern !== undefined && !pattern.test(value))
    throw new DatabaseUnusable(`DATABASE_URL: The parameter ${name} is ${words}.`)
}
