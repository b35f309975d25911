import { createClient, createCluster, defineScript } from '@redis/client'
import type { CommandParser } from '@redis/client'
import type { RedisAddress, ServerOptions } from './redis-address.ts'
import { findMaster } from './redis-sentinel.ts'

/** A connection to one server. */
export type Client = ReturnType<typeof createSingle>

/** Connections to the servers of a cluster, each made when it is first needed. */
export type Cluster = ReturnType<typeof createMany>

/** Makes a client for the server of an address, not connected yet. Rejects where the Sentinels name no master. */
export type MakeClient = () => Promise<Client | Cluster>

/**
 * Makes clients for `address`. Connecting may take `patience` milliseconds, and the greeting as many again. The client gives
 * up a connection that is silent for longer than `silence` milliseconds; 0: never.
 */
export function clientsFor(
  address: RedisAddress,
  patience: number,
  silence = patience,
): MakeClient {
  const limits = {
    connectTimeout: patience,
    socketTimeout: silence,
    reconnectStrategy: false,
  } as const
  switch (address.kind) {
    case 'single':
      return async () => createSingle(address.server, limits)
    case 'cluster':
      return async () => createMany(address.nodes, limits)
    case 'sentinel':
      return async () => {
        const place = await findMaster(address.sentinels, address.master, patience)
        return createSingle(address.account, { ...limits, ...place })
      }
  }
}

const scripts = {
  /** Replaces the text of KEYS[1] where it begins with version ARGV[1]. */
  saveVersion: defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: `
      local head = redis.pcall('GETRANGE', KEYS[1], 0, #ARGV[1])
      if head == '' then return 'gone' end
      if head ~= ARGV[1] .. ':' then return 'conflict' end
      redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
      return 'saved'`,
    parseCommand(
      parser: CommandParser,
      key: string,
      version: string,
      text: string,
      lifetime: number,
    ) {
      parser.pushKey(key)
      parser.push(version, text, String(lifetime))
    },
    transformReply: (reply: unknown) => reply as 'saved' | 'conflict' | 'gone',
  }),
  /** Deletes KEYS[1] where it begins with version ARGV[1]. */
  deleteVersion: defineScript({
    NUMBER_OF_KEYS: 1,
    SCRIPT: `
      local head = redis.pcall('GETRANGE', KEYS[1], 0, #ARGV[1])
      if head == '' then return 'gone' end
      if head ~= ARGV[1] .. ':' then return 'conflict' end
      redis.call('DEL', KEYS[1])
      return 'deleted'`,
    parseCommand(parser: CommandParser, key: string, version: string) {
      parser.pushKey(key)
      parser.push(version)
    },
    transformReply: (reply: unknown) => reply as 'deleted' | 'conflict' | 'gone',
  }),
}

// RESP 2, which older servers and many proxies speak too. No queue while offline: a request must not wait for a Redis that
// may be down for hours. No `commandOptions.timeout`: it takes a timer for each command, and does not cover commands already
// sent.
const common = {
  RESP: 2,
  scripts,
  commandOptions: { timeout: 0 },
} as const

const connecting = {
  disableOfflineQueue: true,
  maintNotifications: 'disabled',
  clientInfoTag: 'coatcheck',
} as const

type Limits = Pick<NonNullable<ServerOptions['socket']>, 'connectTimeout' | 'socketTimeout'> & {
  readonly reconnectStrategy: false
  readonly host?: string
  readonly port?: number
}

function createSingle(server: ServerOptions, limits: Limits) {
  const socket = { ...server.socket, ...limits } as Limits
  return createClient({ ...common, ...connecting, ...server, socket })
}

function createMany(nodes: readonly ServerOptions[], limits: Limits) {
  const [{ username, password, socket } = {}] = nodes
  const account = { ...(username && { username }), ...(password && { password }) }
  const tls = socket?.tls === true ? { tls: true as const } : {}
  return createCluster({
    ...common,
    rootNodes: nodes as [],
    defaults: { ...connecting, ...account, socket: { ...limits, ...tls } },
    // Otherwise one node that is down keeps the cluster from being ready.
    minimizeConnections: true,
  })
}
