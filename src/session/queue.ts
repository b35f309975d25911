import { SessionStoreUnavailable } from '../refusals.ts'
import { createKeyedQueue } from '../waiting/keyed-queue.ts'
import type { Release } from '../waiting/release.ts'
import type { SessionId } from './key.ts'
import type { StoredRecord } from './store.ts'

/** What the writer before has stored: its record, null where it ended the session, undefined where its outcome is unknown. */
export type Latest = StoredRecord | null | undefined

/**
 * Lets one writer of a session in at a time, and passes it what the one before left behind. A writer that still waits when
 * `release` lets it go rejects with the reason, and writes nothing.
 */
export type WriterQueue = (
  id: SessionId,
  write: (latest: Latest) => Promise<Latest>,
  release?: Release,
) => Promise<unknown>

/**
 * A queue for the writers of one process: they hand each other the newest record, so that fifty of them make fifty saves
 * and no conflict. Only other processes can still come first. After a writer that fails, the next one loads. Where the store
 * is not available to one writer, those behind it fail too, and do not try one after the other.
 */
export function createWriterQueue(): WriterQueue {
  const inTurn = createKeyedQueue<Latest>()

  return (id, write, release) =>
    inTurn(
      id,
      async (before) => {
        if (before === null) return write(undefined)
        if ('found' in before) return write(before.found)
        if (before.failed instanceof SessionStoreUnavailable) throw before.failed
        return write(undefined)
      },
      release,
    )
}
