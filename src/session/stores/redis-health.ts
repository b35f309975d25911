import { ErrorReply } from '@redis/client'
import { pause } from '../../waiting/pause.ts'
import type { RedisAddress } from './redis-address.ts'
import type { Client, Cluster } from './redis-client.ts'

/** Rejects where `redis` is up and is not the kind of server that `address` names. */
export async function check(address: RedisAddress, redis: Client | Cluster): Promise<void> {
  if ('masters' in redis) {
    if (redis.masters.length > 0) return
    throw new Error('No server of the Redis cluster has any slots.')
  }
  if (address.kind !== 'sentinel') return
  // A Sentinel that was cut off may name a server that is a replica by now, whose reads would be stale.
  if ((await roleOf(redis)) !== 'master')
    throw new Error('The server that the Sentinels name is not the master yet.')
}

/** Rejects where the server follows another, which may hear what this one does not. */
export async function refuseReplica(redis: Client): Promise<void> {
  if ((await roleOf(redis)) === 'slave')
    throw new Error('The server is a replica by now, and another one is the master.')
}

/** What the server says that it is. A user who may not ask gets 'master': a write will show it. */
async function roleOf(redis: Client): Promise<string> {
  const role = await redis.sendCommand(['ROLE']).catch((error: unknown) => {
    if (isAnswer(error)) return ['master'] // NOPERM, or a server that has no such command
    throw error
  })
  return Array.isArray(role) ? String(role[0]) : ''
}

/** Drops a client, in whatever state it is. */
export function letGo(client: Client | Cluster): void {
  seal(client)
  drop(client)
}

/**
 * Drops every connection that the client makes from now on. The library does not stop a connection that begins while its
 * client closes, which would keep the process alive for ever.
 */
export function seal(client: Client | Cluster): void {
  const isCluster = 'masters' in client
  for (const one of isCluster ? clientsOf(client) : [client]) one.once('connect', () => drop(one))
  if (isCluster) client.on('node-connect', () => drop(client))
}

/** The clients of a cluster's masters, whether they are connected yet or not. */
function clientsOf({ masters }: Cluster) {
  return masters.flatMap(({ client, pubSub }) =>
    [client, pubSub?.client].filter((one) => one !== undefined),
  )
}

/** Some releases throw where a client was closed already. */
function drop(client: { destroy(): unknown }): void {
  try {
    client.destroy()
  } catch {
    // ClientClosedError: there is nothing left to drop.
  }
}

/** The connections to servers that are up. */
export function readyClients(redis: Client | Cluster | null): Client[] {
  if (redis === null) return []
  const clients = 'masters' in redis ? redis.masters.map(({ client }) => client) : [redis]
  return clients.filter((client) => client !== undefined).filter((client) => client.isReady)
}

/** Does the server answer within `timeout` milliseconds? */
export async function answers(client: Client, timeout: number): Promise<boolean> {
  let answered = false
  const note = () => void (answered = true)
  const ping = async () => client.ping()
  ping().then(note, note) // an error is an answer too; a lost connection is reported elsewhere
  // In slices: while this process itself stands still, only one of them passes.
  for (let slice = 0; slice < 4 && !answered; slice++) await pause(timeout / 4, { ref: false })
  return answered
}

/** Did Redis itself refuse? Then connect again: a replica refuses for ever, and the name may lead to a new master by now. */
export function isAnswer(error: unknown): boolean {
  return error instanceof ErrorReply && !error.message.startsWith('READONLY')
}
