import { sendTo, until } from '../redis-server.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** A cluster whose clients reach it through proxies, for a while. */
export interface ClusterBehindProxies {
  readonly proxies: readonly Proxy[]
  /** The cluster by the proxies, as CACHE_URL. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Puts a proxy before each node of the Redis cluster at `url`, which is of this machine. A cluster tells its clients where
 * its nodes are, so each node announces the port of its proxy. `only`: which connections the proxies disturb.
 */
export async function putProxiesBefore(url: string, only: RegExp): Promise<ClusterBehindProxies> {
  const ports = [...url.matchAll(/:(\d+)/g)].map(([, port]) => Number(port))
  const proxies = await Promise.all(ports.map((port) => openProxy(port, { only })))
  const announce = async (announced: readonly number[], told: readonly number[]) => {
    for (const [at, port] of ports.entries())
      await sendTo(port, ['CONFIG', 'SET', 'cluster-announce-port', `${announced[at]}`])
    const areTold = async () => {
      const slots = await Promise.all(ports.map((port) => sendTo(port, ['CLUSTER', 'SLOTS'])))
      return slots.every((text) => told.every((port) => text.includes(`:${port}\r\n`)))
    }
    await until(areTold)
  }
  const own = proxies.map(({ port }) => port)
  await announce(own, own)
  return {
    proxies,
    url: `redis-cluster://${own.map((port) => `127.0.0.1:${port}`).join(',')}`,
    async close() {
      await announce(
        ports.map(() => 0),
        ports,
      )
      await Promise.all(proxies.map((proxy) => proxy.close()))
    },
  }
}
