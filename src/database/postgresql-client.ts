import { Client, Connection } from 'pg'
import type { ClientConfig, PoolClient } from 'pg'
import type { StartDeadline } from '../waiting/deadlines.ts'
import { DatabaseUnavailable, DatabaseUnusable } from './errors.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'

/**
 * How to connect. The client sends no startup parameters, since poolers such as PgBouncer refuse those that they do not
 * know. It makes no setting that would outlast a transaction, since poolers hand a connection on to other programs.
 */
export function configOf({ url, connectTime, bindsChannel }: PostgresqlAddress): ClientConfig {
  return {
    connectionString: url,
    fallback_application_name: 'coatcheck',
    connectionTimeoutMillis: connectTime,
    enableChannelBinding: bindsChannel,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  }
}

/** Opens one connection. Throws `DatabaseUnusable`, which says why there is none. */
export async function connectPostgresql(address: PostgresqlAddress): Promise<Client> {
  let client: Client | null = null
  try {
    client = new Client(configOf(address)) // reads the files that the URL names
    boundEnd(client)
    client.on('error', () => undefined) // the statement under way fails with the same error
    await client.connect()
    return client
  } catch (cause) {
    const { message, code } = cause as Error & { code?: string }
    await client?.end().catch(() => undefined)
    throw new DatabaseUnusable(`DATABASE_URL: The server cannot be used: ${message || code}`, {
      cause,
    })
  }
}

/** Lets go of a connection, in whatever state it and its server are. Returns at once, and never throws. */
export function dropPostgresql(client: Client): void {
  void client.end().catch(() => undefined)
}

/** How long the server has to cancel a statement, and to take leave, in milliseconds. */
const cancelTime = 1000

/**
 * Has `client.end` close the connection whatever the server does. One that hangs, or whose packets vanish, never takes the leave
 * that node-postgres offers it, and the half-closed socket would keep the process alive for minutes.
 */
function boundEnd(client: Client | PoolClient): void {
  const end = client.end.bind(client) as (...given: unknown[]) => unknown
  const { connection } = client as unknown as { readonly connection: Connection }
  Object.assign(client, {
    end(...given: unknown[]) {
      setTimeout(() => connection.stream.destroy(), cancelTime).unref()
      return end(...given)
    },
  })
}

/** One statement, as Prisma's adapter hands it over. */
type Statement = string | { readonly text: string }

/**
 * Bounds every statement of `client` from now on, and its end. A statement that is not over by its deadline of `statementTime`
 * milliseconds is cancelled, fails with `DatabaseUnavailable`, and costs the connection. The server bounds transactions too,
 * because this process may be frozen while it holds locks. So does one fail that the server has committed without its synchronous
 * replica, because its wait for that was cancelled: a failover would undo what was answered as done.
 */
export function boundStatements(
  client: PoolClient,
  address: PostgresqlAddress,
  statementTime: number,
  startDeadline: StartDeadline,
): void {
  boundEnd(client)
  const query = client.query.bind(client) as (statement: Statement) => Promise<unknown>
  const begin = [
    'BEGIN',
    `SET LOCAL statement_timeout = ${statementTime}`,
    `SET LOCAL idle_in_transaction_session_timeout = ${2 * statementTime}`,
  ].join('; ')

  let isAlone = false
  client.on('notice', ({ routine }) => {
    isAlone ||= routine === 'SyncRepWaitForLSN' // unlike the words, it is the same in every language
  })

  async function bounded(statement: Statement): Promise<unknown> {
    const isBegin = typeof statement !== 'string' && statement.text === 'BEGIN'
    let isLate = false
    let ending: NodeJS.Timeout | undefined
    const clear = startDeadline(() => {
      isLate = true
      cancel(client, address)
      // A pooler passes a cancel on only while its client is connected. The client does not wait for a server that hangs.
      ending = setTimeout(() => void client.end(), cancelTime)
    })
    try {
      isAlone = false
      const result = await query(isBegin ? { ...statement, text: begin } : statement)
      if (!isAlone) return result
    } catch (error) {
      if (isLate) throw tooSlow(statementTime, error)
      throw isAnswer(error) ? error : away(error)
    } finally {
      clear()
      clearTimeout(ending)
      if (isLate) void client.end() // the cancel may still be on its way, and must not hit another statement
    }
    throw unreplicated()
  }

  // A connection that breaks says so to the statement under way. Without a listener it would end the process too.
  client.on('error', () => undefined)
  Object.assign(client, { query: bounded })
}

/** What names a connection to its server. node-postgres has both fields, and its types leave them out. */
interface Cancellable {
  readonly processID: number
  readonly secretKey: number
}

/** Functions that node-postgres has, and its types leave out. */
interface CancelConnection {
  connect(port: number | string, host?: string): void
  requestSsl(): void
  unref(): void
  cancel(processId: number, secretKey: number): void
}

/** Asks the server to stop what it does for `client`. PostgreSQL's protocol has a connection of its own for that. */
function cancel(client: PoolClient, address: PostgresqlAddress): void {
  const { processID, secretKey } = client as unknown as Cancellable
  const { ssl, host, port } = client
  const connection = new Connection({ ssl })
  const { connect, requestSsl, cancel, unref } = connection as unknown as CancelConnection
  const send = () => cancel.call(connection, processID, secretKey)
  const end = () => connection.stream.destroy()
  connection.on('error', end) // the server is gone, and what it did for us with it
  connection.on('connect', () => (ssl ? requestSsl.call(connection) : send()))
  connection.on('sslconnect', send)
  setTimeout(end, address.connectTime).unref()
  unref.call(connection) // a server that hangs never closes it; the statement's own connection has the process wait
  if (host.startsWith('/')) connect.call(connection, `${host}/.s.PGSQL.${port}`)
  else connect.call(connection, port, host)
}

function unreplicated(): DatabaseUnavailable {
  return new DatabaseUnavailable(
    'DATABASE_URL: PostgreSQL has stored a change, and its synchronous replica did not take it in time: a failover would undo it.',
  )
}

function tooSlow(milliseconds: number, cause: unknown): DatabaseUnavailable {
  return new DatabaseUnavailable(
    `DATABASE_URL: A statement took longer than ${milliseconds / 1000} s, and was cancelled (socket_timeout).`,
    { cause },
  )
}

/** The error for a caller where the server, or the connection to it, has failed with `cause`. */
export function away(cause: unknown): DatabaseUnavailable {
  const { message, code } = cause as { message?: string; code?: string }
  return new DatabaseUnavailable(`DATABASE_URL: The server cannot be used: ${message || code}`, {
    cause,
  })
}

/** SQLSTATE of a server that is read-only, lacks room or rights to go on, was told to stop, or has broken. */
const outages = /^(25006|53|57|58|XX|08)/

/** Is this error what a healthy server answers to a faulty statement? */
export function isAnswer(error: unknown): boolean {
  const { severity, code } = error as { severity?: unknown; code?: unknown }
  return severity === 'ERROR' && !outages.test(String(code))
}
