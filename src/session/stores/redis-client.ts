import { createClient, createCluster, defineScript, RedisClient } from '@redis/client'
import type { CommandParser } from '@redis/client'

/** A connection to one server. */
export type Client = ReturnType<typeof createSingle>

/** Connections to the servers of a cluster, each made when it is first needed. */
export type Cluster = ReturnType<typeof createMany>

/**
 * What makes clients for the Redis of `url`, none of them connected yet; throws a sentence where that is no address of
 * one. `patience` is how many milliseconds connecting may take, and again the greeting.
 */
export function clientsFor(url: string, patience: number): () => Client | Cluster {
  const socket = {
    connectTimeout: patience,
    socketTimeout: patience,
    reconnectStrategy: false,
  } as const
  try {
    const cluster = /^(?:redis|valkey)(s?)-cluster:\/\/(?:([^@/]*)@)?([^@/?#]+)\/?$/.exec(url)
    if (cluster === null) {
      const address = plainAddress(url)
      RedisClient.parseURL(address)
      return () => createSingle(address, { ...socket })
    }
    const [, secure = '', account = '', hosts = ''] = cluster
    const nodes = hosts
      .split(',')
      .map((host) => RedisClient.parseURL(`redis${secure}://${account && `${account}@`}${host}`))
    const { username, password } = nodes[0] ?? {}
    const defaults = { ...(username && { username }), ...(password && { password }) }
    const tls = secure === '' ? {} : { tls: true as const }
    return () => createMany(nodes, { ...defaults, socket: { ...socket, ...tls } })
  } catch {
    // A TypeError, or a URIError: either may quote the password.
    throw new Error(
      'This is no address of Redis: it must look like redis://host:6379, rediss://host:6379, unix:///path/of/socket or redis-cluster://host:port,host:port.',
    )
  }
}

/** node-redis knows redis://, rediss:// and unix://; Valkey speaks the same protocol. */
function plainAddress(url: string): string {
  return url
    .replace(/^valkey(s?):/, 'redis$1:')
    .replace(/^(?:(?:redis|valkey)\+)?unix:(?:\/\/)?/, 'unix://')
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

// RESP 2, because nothing of RESP 3 is used, and older servers and many proxies do not speak it. No queue while offline: a
// request must not wait for a Redis that may be down for hours. The clock of a command is a timer for each, and says
// nothing about those already sent.
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

function createSingle(url: string, socket: { reconnectStrategy: false }) {
  return createClient({ ...common, ...connecting, url, socket })
}

function createMany(
  nodes: ReturnType<typeof RedisClient.parseURL>[],
  defaults: NonNullable<Parameters<typeof createCluster>[0]>['defaults'],
) {
  return createCluster({
    ...common,
    rootNodes: nodes as [],
    defaults: { ...connecting, ...defaults },
    // Otherwise one node that is down keeps the cluster from being ready.
    minimizeConnections: true,
  })
}
