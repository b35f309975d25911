import type { SessionId } from './key.ts'
import { SessionStoreUnavailable } from '../refusals.ts'
import type { StoredRecord } from './store.ts'

/** What the writer before left behind: its record, null where it ended the session, undefined where nothing is known. */
export type Latest = StoredRecord | null | undefined

/**
 * Lets one writer of a session in at a time, and tells it what the one before left behind. Who still waits when `signal`
 * is aborted is let go with its reason, and writes nothing.
 */
export type WriterQueue = (
  id: SessionId,
  write: (latest: Latest) => Promise<Latest>,
  signal?: AbortSignal,
) => Promise<void>

/** How a turn ended, for the one behind it. */
type Turn = { readonly latest: Latest } | { readonly outage: SessionStoreUnavailable }

/**
 * A queue for the writers of one process: they hand each other the newest record, so that fifty of them make fifty saves
 * and no conflict. Only other processes are left to race with. A writer that fails leaves nothing known. Where the store
 * is not available to one, it is not to those who wait behind it: they do not try one after the other.
 */
export function createWriterQueue(): WriterQueue {
  const tails = new Map<SessionId, Promise<Turn>>()

  return async (id, write, signal) => {
    signal?.throwIfAborted()
    const before = tails.get(id)
    let hasBegun = before === undefined
    const turn = before === undefined ? write(undefined) : inTurn(before)
    const tail = turn.then(
      (latest) => ({ latest }),
      (error: unknown) =>
        error instanceof SessionStoreUnavailable ? { outage: error } : { latest: undefined },
    )
    tails.set(id, tail)
    void tail.then(() => {
      if (tails.get(id) === tail) tails.delete(id)
    })
    await (hasBegun || !signal ? turn : Promise.race([turn, letGo(signal)]))

    async function inTurn(others: Promise<Turn>): Promise<Latest> {
      const last = await others
      if ('outage' in last) throw last.outage
      if (signal?.aborted) return last.latest
      hasBegun = true
      return write(last.latest)
    }

    /** What is under way cannot be taken back, and is waited for. */
    function letGo(abandoned: AbortSignal): Promise<never> {
      return new Promise((_resolve, reject) => {
        const leave = () => {
          if (!hasBegun) reject(abandoned.reason)
        }
        abandoned.addEventListener('abort', leave, { once: true })
      })
    }
  }
}
