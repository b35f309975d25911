import { RedisClient } from '@redis/client'

/** The options of node-redis for one server. */
export type ServerOptions = Pick<
  ReturnType<typeof RedisClient.parseURL>,
  'socket' | 'username' | 'password' | 'database'
>

/** Where sessions are: on one server, in a cluster, or on the server that Sentinels call the master. */
export type RedisAddress =
  | { readonly kind: 'single'; readonly server: ServerOptions }
  | { readonly kind: 'cluster'; readonly nodes: readonly ServerOptions[] }
  | {
      readonly kind: 'sentinel'
      readonly sentinels: readonly ServerOptions[]
      readonly master: string
      /** The account, the database number and TLS of the master: everything except host and port. */
      readonly account: ServerOptions
    }

const several =
  /^(?:redis|valkey)(s?)[-+](cluster|sentinel):\/\/(?:([^@/]*)@)?([^@/?#]+)(\/[^?#]*)?(?:\?([^#]*))?$/

/** Reads `url`. Throws a sentence, which does not repeat it, where it is no address of Redis. */
export function parseRedisAddress(url: string): RedisAddress {
  try {
    const [, secure = '', kind, account = '', hosts = '', path = '/', query = ''] =
      several.exec(url) ?? []
    if (kind === undefined) return { kind: 'single', server: RedisClient.parseURL(plain(url)) }
    const scheme = `redis${secure}://`
    const before = account && `${account}@`
    if (kind === 'cluster') {
      if (path !== '/' || query !== '') throw new TypeError('A cluster has no databases.')
      const nodes = hosts.split(',').map((host) => RedisClient.parseURL(scheme + before + host))
      return { kind, nodes }
    }
    const [, master = '', database = ''] = path.split('/').map(decodeURIComponent)
    if (master === '') throw new TypeError('The name of the master is missing.')
    return {
      kind: 'sentinel',
      master,
      sentinels: hosts.split(',').map((host) => sentinelAt(scheme, host, query)),
      account: RedisClient.parseURL(`${scheme}${before}master/${database}`),
    }
  } catch {
    // A TypeError, or a URIError: either may quote the password.
    throw new Error(
      'This is no address of Redis: it must look like redis://host:6379, rediss://host:6379, unix:///path/of/socket, redis-cluster://host:port,host:port or redis-sentinel://host:26379,host:26379/mymaster.',
    )
  }
}

/** The servers that `address` names. */
export function serversOf(address: RedisAddress): readonly ServerOptions[] {
  switch (address.kind) {
    case 'single':
      return [address.server]
    case 'cluster':
      return address.nodes
    case 'sentinel':
      return address.sentinels
  }
}

/** A Sentinel has an account of its own, as other clients write it: ?sentinel_username=…&sentinel_password=…. */
function sentinelAt(scheme: string, host: string, query: string): ServerOptions {
  const given = new URLSearchParams(query)
  const [username, password] = [given.get('sentinel_username'), given.get('sentinel_password')]
  const address = new URL(scheme + host)
  address.port ||= '26379'
  address.username = encodeURIComponent(username ?? '')
  address.password = encodeURIComponent(password ?? '')
  return RedisClient.parseURL(address.href)
}

/** node-redis knows redis://, rediss:// and unix://; Valkey speaks the same protocol. */
function plain(url: string): string {
  return url
    .replace(/^valkey(s?):/, 'redis$1:')
    .replace(/^(?:(?:redis|valkey)\+)?unix:(?:\/\/)?/, 'unix://')
}
