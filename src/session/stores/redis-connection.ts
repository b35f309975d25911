import { scatteredPause } from '../../waiting/doubling-pause.ts'
import { inTime } from '../../waiting/in-time.ts'
import { pause } from '../../waiting/pause.ts'
import { notBegun } from '../../waiting/settled.ts'
import { parseRedisAddress, serversOf } from './redis-address.ts'
import type { RedisAddress } from './redis-address.ts'
import { clientsFor } from './redis-client.ts'
import type { Client, Cluster } from './redis-client.ts'
import { mistakenTls, RedisMisconfigured } from './redis-faults.ts'
import { answers, check, isAnswer, letGo, readyClients, seal } from './redis-health.ts'

/** How to treat a Redis that fails, and where to report it. */
export interface ConnectionOptions {
  /** After so many milliseconds without an answer, this drops the connection and makes a new one. */
  readonly timeout: number
  /** Called with the reason why Redis is out of reach, at most every ten seconds. A `RedisMisconfigured` comes at once. */
  readonly onError: (error: unknown) => void
}

/** A connection to Redis that is made again whenever it fails. While there is none, calls reject at once. */
export interface RedisConnection {
  /** Makes a call on the server, or on the cluster. */
  run<Result>(call: (redis: Client | Cluster) => Promise<Result>): Promise<Result>
  /** The server, or every master of the cluster; rejects where it cannot be reached. */
  servers(): Promise<Client[]>
  close(): Promise<void>
}

/**
 * Connects to the Redis of `url`; throws a sentence where that is no address of one, and `RedisMisconfigured` where
 * Redis refuses us. A Redis that is down does not make it fail.
 *
 * The client's own reconnecting is off. Its `socketTimeout` also counts from the last byte written, so under traffic it never
 * notices a server that hangs. Its cluster lets calls wait without end for a node that it has not reached yet. This replaces
 * a failed client as a whole, which also finds the new masters of a cluster, and the one that Sentinels have chosen.
 */
export async function connectToRedis(
  url: string,
  { timeout, onError }: ConnectionOptions,
): Promise<RedisConnection> {
  const address = parseRedisAddress(url)
  // Connecting takes several answers, so it gets more time than one call. Past two seconds a start would only wait.
  const patience = Math.max(timeout, Math.min(4 * timeout, 2_000))
  const create = clientsFor(address, patience)
  let current: Client | Cluster | null = null
  let closed = false
  let renewing = false
  let attempts = 0
  let renewedAt = -Infinity
  let reported = { at: -Infinity, what: '' }

  const failure = await connect()
  if (failure !== null) {
    const mistake = RedisMisconfigured.of(failure) ?? (await mistakeOfTls(address, patience))
    if (mistake) throw mistake
    report(failure)
    void renew()
  }
  void watch()

  return {
    async run(call) {
      const redis = current
      if (redis === null) throw outOfReach()
      try {
        return await call(redis)
      } catch (error) {
        if (!isAnswer(error)) {
          if (redis === current) void renew()
        } else if (RedisMisconfigured.of(error)) report(error)
        throw error
      }
    },

    async servers() {
      const redis = current
      if (redis === null) throw outOfReach()
      if (!('masters' in redis)) return [redis]
      if (redis.masters.length === 0) throw new Error('No master of the Redis cluster is known.')
      return Promise.all(redis.masters.map((master) => redis.nodeClient(master)))
    },

    async close() {
      closed = true
      const redis = current
      current = null
      if (redis === null) return
      seal(redis)
      const closing = redis.close().catch(() => undefined) // ClientClosedError: it was down
      await inTime(closing, timeout)
      letGo(redis)
    },
  }

  /** Replaces `current`. Returns the reason where that fails; null where it succeeds. */
  async function connect(): Promise<unknown> {
    const failures: unknown[] = []
    let fresh: Client | Cluster | null = null
    try {
      fresh = await create()
      const made = fresh
      const failed = (error: unknown) => {
        if (made !== current) return failures.push(error)
        report(error)
        void renew()
      }
      fresh.on('error', failed).on('node-error', failed)
      await fresh.connect()
      await check(address, fresh)
    } catch (error) {
      if (fresh) letGo(fresh)
      // The errors of a cluster's nodes say more than the one it rejects with.
      return failures.find((each) => RedisMisconfigured.of(each)) ?? error
    }
    for (const failure of failures) report(failure)
    const old = closed ? fresh : current
    if (!closed) current = fresh
    renewedAt = performance.now()
    // Calls that other nodes of a cluster are answering may finish.
    if (old) setTimeout(() => letGo(old), closed ? 0 : timeout).unref()
    return null
  }

  async function renew(): Promise<void> {
    if (renewing) return
    renewing = true
    if (performance.now() - renewedAt > 10_000) attempts = 0
    let longest = 1_000 // where an operator has to act, trying more often would only add noise
    while (!closed) {
      await pause(scatteredPause({ first: 25, longest }, attempts++), { ref: false })
      if (closed) break
      const failure = await connect()
      if (failure === null) break
      longest = RedisMisconfigured.of(failure) ? 5_000 : 1_000
      report(failure)
    }
    renewing = false
  }

  async function watch(): Promise<void> {
    while (!closed) {
      await pause(timeout / 2, { ref: false })
      const redis = current
      await Promise.all(
        readyClients(redis).map(async (client) => {
          if (await answers(client, timeout)) return
          report(new Error(`Redis did not answer for ${timeout} ms.`))
          letGo(client) // rejects the calls that wait for it
          if (redis === current) void renew()
        }),
      )
    }
  }

  function report(error: unknown): void {
    const mistake = RedisMisconfigured.of(error)
    const what = mistake?.message ?? ''
    const isRecent = performance.now() - reported.at < 10_000
    if (closed || (isRecent && (what === '' || what === reported.what))) return
    reported = { at: performance.now(), what }
    onError(mistake ?? error)
  }
}

/** The mistake of an address with redis:// for rediss://, or the other way round; null where that is not the reason. */
async function mistakeOfTls(
  address: RedisAddress,
  patience: number,
): Promise<RedisMisconfigured | null> {
  const servers = serversOf(address)
  return servers[0] ? mistakenTls(servers[0], patience) : null
}

function outOfReach(): Error {
  return Object.assign(new Error('Redis is out of reach.'), { code: notBegun })
}
