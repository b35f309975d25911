import { putProxiesBefore } from './cluster-bus.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** `up`: news of sessions reach the other processes. `late`: half a second later. `down`: never. */
export type BusState = 'up' | 'late' | 'down'

/** Settings under which the bus is as it shall be, and all else goes its way. */
export interface Disturbed {
  readonly settings: Record<string, string>
  close(): Promise<void>
}

/** Connections on which a process hears of sessions. */
const hears = /LISTEN |SUBSCRIBE/i

/** What a process loads first that hears of sessions by its SQLite file, or by its parent. */
const heldNews = new URL('held-news.mjs', import.meta.url)

/**
 * Puts proxies before PostgreSQL and Redis that disturb those connections and no others. What a process hears by its SQLite file
 * and by its parent is held up inside of it. `own` are proxies that there are already, such as the one that Sentinels lead to;
 * they are healed again.
 */
export async function disturb(
  state: BusState,
  settings: Record<string, string>,
  own: readonly Proxy[] = [],
): Promise<Disturbed> {
  const disturbed: { close(): Promise<void> }[] = []
  const changed = { ...settings }
  const disturbBy = (proxy: Proxy) => (state === 'late' ? proxy.delay(500) : proxy.cut())
  if (state !== 'up') {
    own.forEach(disturbBy)
    changed['NODE_OPTIONS'] = `--import=${heldNews.href}?news=${state}`
  }
  if (state !== 'up')
    for (const name of ['DATABASE_URL', 'CACHE_URL']) {
      const url = changed[name] ?? ''
      if (url.startsWith('redis-cluster://127.0.0.1:')) {
        const cluster = await putProxiesBefore(url, hears)
        disturbed.push(cluster)
        cluster.proxies.forEach(disturbBy)
        changed[name] = cluster.url
        continue
      }
      const [, port] = /^(?:postgresql|redis):\/\/(?:[^@/]*@)?127\.0\.0\.1:(\d+)/.exec(url) ?? []
      if (port === undefined) continue
      const proxy = await openProxy(Number(port), { only: hears })
      disturbed.push(proxy)
      disturbBy(proxy)
      changed[name] = url.replace(`:${port}`, `:${proxy.port}`)
    }
  return {
    settings: changed,
    async close() {
      for (const proxy of own) proxy.heal()
      await Promise.all(disturbed.map((each) => each.close()))
    },
  }
}
