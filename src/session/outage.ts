import { Refusal, SessionStoreUnavailable } from './refusal.ts'
import type { SessionStore } from './store.ts'

/**
 * The same store, whose every rejection says that the store is not available. So does silence: after `timeout`
 * milliseconds nobody waits any longer, whatever becomes of the call. A purge may take twenty times as long.
 */
export function reportOutages(store: SessionStore, timeout: number): SessionStore {
  const inTime = <Result>(call: () => Promise<Result>) => reportOutage(call, timeout)
  return {
    load: (id) => inTime(() => store.load(id)),
    create: (id, record) => inTime(() => store.create(id, record)),
    save: (id, record, version) => inTime(() => store.save(id, record, version)),
    delete: (id, version) => inTime(() => store.delete(id, version)),
    clearExpired: (now, limit) => reportOutage(() => store.clearExpired(now, limit), 20 * timeout),
    ...(store.list && { list: store.list.bind(store) }),
    ...(store.close && { close: store.close.bind(store) }),
  }
}

/** What `call` comes to; `SessionStoreUnavailable` where it fails, or takes longer than `timeout` milliseconds. A refusal stays one. */
export async function reportOutage<Result>(
  call: () => Promise<Result>,
  timeout: number,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    const giveUp = () => reject(new Error(`No answer within ${timeout} ms.`))
    // One more turn of the event loop: after a long block, an answer that has come in time is still waiting to be read.
    timer = setTimeout(() => setImmediate(giveUp), timeout)
  })
  try {
    return await Promise.race([call(), silence])
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new SessionStoreUnavailable(error)
  } finally {
    clearTimeout(timer)
  }
}
