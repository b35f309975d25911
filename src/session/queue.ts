import { SessionStoreUnavailable } from '../refusals.ts'
import { createKeyedQueue } from '../waiting/keyed-queue.ts'
import type { Release } from '../waiting/release.ts'
import type { SessionId } from './key.ts'
import type { StoredRecord } from './store.ts'

/** What the writer before has stored: a record, null where it ended the session, undefined where its outcome is unknown. */
export type Latest = StoredRecord | null | undefined

/**
 * Lets one writer of a session in at a time, and hands it the outcome of the one before. Where `release` fires before a
 * writer's turn, that writer rejects with the reason, and writes nothing.
 */
export type WriterQueue = (
  id: SessionId,
  write: (latest: Latest) => Promise<Latest>,
  release?: Release,
) => Promise<unknown>

/**
 * A queue for the writers of one process. Each hands the newest record to the next, so that fifty writers make fifty saves
 * and no conflict. Only other processes can still come first. After a writer that fails, the next one loads. Where one writer
 * finds the store unavailable, those behind it fail at once.
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
