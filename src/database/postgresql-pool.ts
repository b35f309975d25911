import { Pool } from 'pg'
import type { PoolClient } from 'pg'
import { createDeadlines } from '../waiting/deadlines.ts'
import { notBegun } from '../waiting/settled.ts'
import { DatabaseUnavailable } from './errors.ts'
import { away, boundStatements, configOf, isAnswer } from './postgresql-client.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'

/** After the server has refused a connection, the pool asks for no more than it has for so many milliseconds. */
const modesty = 10_000

/** How long the pool waits before it asks again for a first connection that the server refused, in milliseconds. */
const pause = 100

/** How many idle connections the pool keeps, so that the next visitor does not wait for one. */
const kept = 2

/** A statement that waits for a connection. */
interface Waiting {
  enter(client: PoolClient): void
  fail(error: Error): void
}

/**
 * A pool that keeps a connection or two. A statement that finds no connection free takes the first that becomes free: one
 * that another statement releases, or the new one that the pool opens meanwhile. So slow connecting, and a server that
 * refuses another connection, cost little where the pool has some. After `placeTime` the wait ends with
 * `DatabaseUnavailable`. The pool bounds each statement (`boundStatements`). It keeps the connection of one that the server
 * refuses.
 */
export function createPool(
  address: PostgresqlAddress,
  { statementTime, idleTime = 30_000 }: { statementTime: number; idleTime?: number },
): Pool {
  const pool = new Pool({
    ...configOf(address),
    max: address.places,
    min: Math.min(kept, address.places),
    idleTimeoutMillis: idleTime,
  })
  const open = pool.connect.bind(pool) as () => Promise<PoolClient>
  const startStatement = createDeadlines(statementTime)
  const startWait = createDeadlines(address.placeTime)
  const waiting: Waiting[] = []
  let taken = 0
  /** Connections on their way to waiting statements: idle ones, and new ones. */
  const coming = { idle: 0, fresh: 0 }
  let refusedAt = -Infinity
  let granted = address.places

  /** How many connections the server grants, as far as the pool knows. */
  const most = () => (performance.now() - refusedAt < modesty ? granted : address.places)

  pool.on('connect', (client) => boundStatements(client, address, statementTime, startStatement))
  // The pool replaces a connection that breaks while idle. Without a listener that error would end the process.
  pool.on('error', () => undefined)

  return Object.assign(pool, {
    connect,
    async query(config: string) {
      const client = await connect()
      try {
        const result = await client.query(config)
        client.release()
        return result
      } catch (error) {
        client.release(!isAnswer(error)) // a connection that broke is replaced
        throw error
      }
    },
  })

  function connect(): Promise<PoolClient> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clear()
        const at = waiting.indexOf(waiter)
        if (at >= 0) waiting.splice(at, 1)
      }
      const waiter: Waiting = {
        enter: (client) => (end(), resolve(client)),
        fail: (error) => (end(), reject(error)),
      }
      const clear = startWait(() => waiter.fail(noPlace(address.placeTime)))
      waiting.push(waiter)
      serve()
    })
  }

  /** Gets a connection for each statement that waits, as far as the pool may. */
  function serve(): void {
    while (coming.idle < Math.min(pool.idleCount, waiting.length)) void send('idle')
    const busy = () => taken + coming.idle + coming.fresh
    while (coming.idle + coming.fresh < waiting.length && busy() < most()) void send('fresh')
  }

  async function send(kind: 'idle' | 'fresh'): Promise<void> {
    coming[kind]++
    try {
      hand(await open().finally(() => coming[kind]--))
    } catch (error) {
      if (isRefused(error)) beModest()
      else waiting[0]?.fail(away(error))
    }
    serve()
  }

  function hand(client: PoolClient): void {
    const [first] = waiting
    if (first === undefined) return client.release()
    const release = client.release
    taken++
    client.release = (error) => {
      release(error)
      taken--
      serve()
    }
    first.enter(client)
  }

  function beModest(): void {
    refusedAt = performance.now()
    granted = pool.totalCount
    if (granted > 0) return
    setTimeout(() => {
      refusedAt = -Infinity
      granted = address.places
      serve()
    }, pause).unref()
  }
}

function noPlace(milliseconds: number): DatabaseUnavailable {
  const wait = `None of this server's connections came free within ${milliseconds / 1000} s`
  const error = `DATABASE_URL: ${wait} (pool_timeout, connection_limit).`
  // The code is in the cause: Prisma wraps an error that has one itself, and then no caller takes it for an outage.
  const cause = Object.assign(new Error('Nothing was sent.'), { code: notBegun })
  return new DatabaseUnavailable(error, { cause })
}

/** Has the server no further connection to give? PostgreSQL says 53300; poolers have words of their own. */
function isRefused(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return (
    code === '53300' ||
    /too many (clients|connections)|no more connections|max clients/i.test(message ?? '')
  )
}
