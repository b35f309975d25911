import { setTimeout as delay } from 'node:timers/promises'
import { ErrorReply } from '@redis/client'
import { clientsFor } from './redis-client.ts'
import type { Client, Cluster } from './redis-client.ts'

/** How to treat a Redis that fails, and whom to tell. */
export interface ConnectionOptions {
  /** Milliseconds after which a server that does not answer is given up and connected to anew. */
  readonly timeout: number
  /** Is told why Redis is out of reach, every ten seconds at most. */
  readonly onError: (error: unknown) => void
}

/** A way to Redis that is made anew whenever it fails, for ever. While there is none, calls reject at once. */
export interface RedisConnection {
  /** Makes a call on the server, or on the cluster. */
  run<Result>(call: (redis: Client | Cluster) => Promise<Result>): Promise<Result>
  /** The server, or every master of the cluster; rejects where it cannot be reached. */
  servers(): Promise<Client[]>
  close(): Promise<void>
}

/**
 * Connects to the Redis of `url`; throws a sentence where that is no address of one. A Redis that is down does not make
 * it fail.
 *
 * The client's own reconnecting is switched off. Its `socketTimeout` counts from the last byte written, too: under
 * traffic it never notices a server that hangs. And its cluster lets calls wait, without end, for a node that it has
 * not reached yet. Here whatever fails is replaced whole, which also finds the new masters of a cluster.
 */
export async function connectToRedis(
  url: string,
  { timeout, onError }: ConnectionOptions,
): Promise<RedisConnection> {
  const create = clientsFor(url, 4 * timeout)
  let current = create()
  let closed = false
  let renewing = false
  let attempts = 0
  let renewedAt = -Infinity
  let reportedAt = -Infinity

  if (!(await connect())) void renew()
  void watch()

  return {
    async run(call) {
      const redis = current
      try {
        return await call(redis)
      } catch (error) {
        if (redis === current && !isAnswer(error)) void renew()
        throw error
      }
    },

    async servers() {
      const redis = current
      if (!('masters' in redis)) return [redis]
      if (redis.masters.length === 0) throw new Error('No master of the Redis cluster is known.')
      return Promise.all(redis.masters.map((master) => redis.nodeClient(master)))
    },

    async close() {
      closed = true
      const closing = current.close().catch(() => undefined) // ClientClosedError: it was down
      await Promise.race([closing, delay(timeout, undefined, { ref: false })])
      current.destroy()
    },
  }

  async function connect(): Promise<boolean> {
    const fresh = create()
    const failed = (error: unknown) => {
      report(error)
      if (fresh === current) void renew()
    }
    fresh.on('error', failed).on('node-error', failed)
    try {
      await fresh.connect()
      if ('masters' in fresh && fresh.masters.length === 0)
        throw new Error('No server of the Redis cluster has any slots.')
    } catch (error) {
      report(error)
      fresh.destroy()
      return false
    }
    const old = closed ? fresh : current
    if (!closed) current = fresh
    renewedAt = performance.now()
    // Calls that other nodes of a cluster are answering may finish.
    setTimeout(() => old.destroy(), timeout).unref()
    return true
  }

  async function renew(): Promise<void> {
    if (renewing) return
    renewing = true
    if (performance.now() - renewedAt > 10_000) attempts = 0
    do {
      const pause = Math.min(25 * 2 ** attempts++, 1000) * (0.5 + Math.random() / 2)
      await delay(pause, undefined, { ref: false })
    } while (!closed && !(await connect()))
    renewing = false
  }

  async function watch(): Promise<void> {
    while (!closed) {
      await delay(timeout / 2, undefined, { ref: false })
      const redis = current
      await Promise.all(
        readyClients(redis).map(async (client) => {
          if (await answers(client, timeout)) return
          report(new Error(`Redis did not answer for ${timeout} ms.`))
          client.destroy() // rejects the calls that wait for it
          if (redis === current) void renew()
        }),
      )
    }
  }

  function report(error: unknown): void {
    if (closed || performance.now() - reportedAt < 10_000) return
    reportedAt = performance.now()
    onError(error)
  }
}

function readyClients(redis: Client | Cluster): Client[] {
  const clients = 'masters' in redis ? redis.masters.map(({ client }) => client) : [redis]
  return clients.filter((client) => client !== undefined).filter((client) => client.isReady)
}

async function answers(client: Client, timeout: number): Promise<boolean> {
  let answered = false
  const note = () => void (answered = true)
  client.ping().then(note, note) // an error is an answer too; a lost connection tells for itself
  // In slices: where it is this process that stands still, only one of them passes meanwhile.
  for (let slice = 0; slice < 4 && !answered; slice++)
    await delay(timeout / 4, undefined, { ref: false })
  return answered
}

/** Whether Redis itself said no. A server that was made a replica says so for ever: the name leads to another by now. */
function isAnswer(error: unknown): boolean {
  return error instanceof ErrorReply && !error.message.startsWith('READONLY')
}
