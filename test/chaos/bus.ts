import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** `up`: news of sessions reach the other processes. `late`: half a second later. `down`: never. */
export type BusState = 'up' | 'late' | 'down'

/** The state that an environment variable names; `up` where it names none. */
export function busState(name: string | undefined): BusState {
  return name === 'late' || name === 'down' ? name : 'up'
}

/** Settings under which the bus is as it shall be, and all else goes its way. */
export interface Disturbed {
  readonly settings: Record<string, string>
  close(): Promise<void>
}

/** Connections on which a process hears of sessions. */
const hears = /LISTEN |SUBSCRIBE/i

/** Puts proxies before PostgreSQL and Redis that disturb those connections and no others. */
export async function disturb(
  state: BusState,
  settings: Record<string, string>,
): Promise<Disturbed> {
  const proxies: Proxy[] = []
  const changed = { ...settings }
  if (state !== 'up')
    for (const name of ['DATABASE_URL', 'CACHE_URL']) {
      const url = changed[name] ?? ''
      // A cluster tells its clients of its servers itself.
      const [, port] = /^(?:postgresql|redis):\/\/(?:[^@/]*@)?127\.0\.0\.1:(\d+)/.exec(url) ?? []
      if (port === undefined) continue
      const proxy = await openProxy(Number(port), { only: hears })
      proxies.push(proxy)
      if (state === 'late') proxy.delay(500)
      else proxy.cut()
      changed[name] = url.replace(`:${port}`, `:${proxy.port}`)
    }
  return {
    settings: changed,
    close: async () => void (await Promise.all(proxies.map((proxy) => proxy.close()))),
  }
}
