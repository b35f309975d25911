import { parseRedisAddress } from '../session/stores/redis-address.ts'
import { clientsFor } from '../session/stores/redis-client.ts'
import type { Client, Cluster } from '../session/stores/redis-client.ts'
import { RedisMisconfigured } from '../session/stores/redis-faults.ts'
import { check, letGo, refuseReplica } from '../session/stores/redis-health.ts'
import { WireForbidden } from './wire.ts'
import type { Ear, Line } from './wire.ts'

/** How long connecting may take, in milliseconds. */
const patience = 5_000

/**
 * A channel of the Redis at `url`: of one server, of the master that Sentinels name, or sharded in a cluster. See
 * `Wire.open`.
 */
export async function openRedisLine(
  url: string,
  channel: string,
  ear: Ear | null,
  signal: AbortSignal,
): Promise<Line> {
  try {
    return await open()
  } catch (error) {
    throw forbidden(error) ?? error
  }

  async function open(): Promise<Line> {
    const address = parseRedisAddress(url)
    // No time-out for silence: a channel may be silent for long, and heartbeats find out whether it has failed.
    const create = clientsFor(address, patience, 0)
    const connect = async () => {
      const client = await create()
      const drop = () => letGo(client)
      const failed = (error: Error) => ear?.lost(error)
      client.on('error', failed).on('node-error', failed)
      signal.addEventListener('abort', drop)
      await client.connect()
      if (signal.aborted) drop()
      await check(address, client)
      return client
    }
    const talker = await connect()
    if ('masters' in talker) return inCluster(talker)
    // On a connection of its own, which takes no other command once it has subscribed.
    if (ear) await ((await connect()) as Client).subscribe(channel, ear.hear)
    return {
      send: (texts) => all(texts, (text) => talker.publish(channel, text)),
      // A replica hears what it is told itself, and passes nothing on to its master.
      check: () => refuseReplica(talker),
    }
  }

  /** Prefers a sharded channel, of which only the nodes of one shard hear. Redis before 7 has none: there, all nodes hear. */
  async function inCluster(cluster: Cluster): Promise<Line> {
    const { hear } = ear ?? {}
    const sharded = {
      send: (texts: readonly string[]) => all(texts, (text) => cluster.sPublish(channel, text)),
      listen: hear && (() => cluster.sSubscribe(channel, hear)),
    }
    const plain = {
      send: (texts: readonly string[]) => all(texts, (text) => cluster.publish(channel, text)),
      listen: hear && (() => cluster.subscribe(channel, hear)),
    }
    try {
      await sharded.listen?.()
      return sharded
    } catch (error) {
      if (!isUnknown(error)) throw error
      await plain.listen?.()
      return plain
    }
  }
}

function all(texts: readonly string[], publish: (text: string) => Promise<unknown>) {
  return Promise.all(texts.map(publish))
}

function isUnknown(error: unknown): boolean {
  return error instanceof Error && /^ERR unknown command/i.test(error.message)
}

/** The error of a wire that Redis refuses until an operator changes something; null where Redis may take it the next time. */
function forbidden(error: unknown): WireForbidden | null {
  const isRefused =
    isUnknown(error) || (error instanceof Error && error.message.startsWith('NOPERM'))
  const mistake = RedisMisconfigured.of(error)
  return isRefused && mistake ? new WireForbidden(mistake.message, { cause: error }) : null
}
