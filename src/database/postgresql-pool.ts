import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'pg'
import type { PoolClient } from 'pg'
import { DatabaseUnavailable } from './errors.ts'
import { away, boundStatements, configOf, isAnswer } from './postgresql-client.ts'
import type { PostgresqlAddress } from './postgresql-url.ts'

/** So long after the server refused a connection, in milliseconds, the pool asks for no more than it has. */
const modesty = 10_000

/** How many connections are kept when nothing is asked, so that the next visitor does not wait for one. */
const kept = 2

/**
 * A pool that keeps a connection or two, and waits. A statement that finds no place free waits for one, and so does a
 * statement for which the server refuses another connection: it takes one of the pool's own when that is free. Only after
 * `placeTime` it fails, with `DatabaseUnavailable`. A statement that takes longer than `statementTime` milliseconds is cancelled, and
 * its connection is given up. A statement that fails otherwise leaves its connection in the pool.
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
  const waiting: (() => void)[] = []
  let taken = 0
  let refusedAt = -Infinity
  let granted = address.places

  /** How many the server gives us, as far as we know. */
  const most = () => (performance.now() - refusedAt < modesty ? granted : address.places)

  pool.on('connect', (client) => boundStatements(client, address, statementTime))
  // A connection that breaks while idle is replaced, and no caller need hear of it. Without a listener it ends the process.
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

  async function connect(): Promise<PoolClient> {
    const until = performance.now() + address.placeTime
    for (let pause = 10; ; pause = Math.min(2 * pause, 200)) {
      await takePlace(until)
      try {
        return leaveAtRelease(await open())
      } catch (error) {
        leavePlace()
        if (!isRefused(error) || performance.now() > until) throw away(error)
        refusedAt = performance.now()
        granted = Math.max(1, Math.min(granted, pool.totalCount))
        if (pool.totalCount === 0) await sleep(pause) // others have them all
      }
    }
  }

  async function takePlace(until: number): Promise<void> {
    if (taken < most()) {
      taken++
      return
    }
    await new Promise<void>((enter, fail) => {
      const turn = () => {
        clearTimeout(timer)
        taken++
        enter()
      }
      const giveUp = () => {
        waiting.splice(waiting.indexOf(turn), 1)
        fail(noPlace(address.placeTime))
      }
      const timer = setTimeout(giveUp, until - performance.now())
      waiting.push(turn)
    })
  }

  function leavePlace(): void {
    taken--
    while (taken < most() && waiting.length > 0) waiting.shift()?.()
  }

  function leaveAtRelease(client: PoolClient): PoolClient {
    const release = client.release
    client.release = (error) => {
      release(error)
      leavePlace()
    }
    return client
  }
}

function noPlace(milliseconds: number): DatabaseUnavailable {
  const wait = `None of this server's connections came free within ${milliseconds / 1000} s`
  return new DatabaseUnavailable(`DATABASE_URL: ${wait} (pool_timeout, connection_limit).`)
}

/** PostgreSQL says 53300; poolers have words of their own. */
function isRefused(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return (
    code === '53300' ||
    /too many (clients|connections)|no more connections|max clients/i.test(message ?? '')
  )
}
