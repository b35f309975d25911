import type { SessionId } from './key.ts'
import type { StoredRecord } from './store.ts'

/** What the writer before left behind: its record, null where it ended the session, undefined where nothing is known. */
export type Latest = StoredRecord | null | undefined

/** Lets one writer of a session in at a time, and tells it what the one before left behind. */
export type WriterQueue = (
  id: SessionId,
  write: (latest: Latest) => Promise<Latest>,
) => Promise<void>

/**
 * A queue for the writers of one process: they hand each other the newest record, so that fifty of them make fifty saves
 * and no conflict. Only other processes are left to race with. A writer that fails leaves nothing known.
 */
export function createWriterQueue(): WriterQueue {
  const tails = new Map<SessionId, Promise<Latest>>()

  return async (id, write) => {
    const before = tails.get(id) ?? Promise.resolve(undefined)
    const turn = before.then(write)
    const tail = turn.catch(() => undefined)
    tails.set(id, tail)
    try {
      await turn
    } finally {
      if (tails.get(id) === tail) tails.delete(id)
    }
  }
}
