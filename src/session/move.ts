import { isExpired } from './expiry.ts'
import type { SessionId } from './key.ts'
import type { SessionStore } from './store.ts'

/** From where to where. */
export interface Move {
  readonly from: SessionStore
  readonly to: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How far a move has come. What expired, or was in the new place already, is not moved. */
export interface MoveProgress {
  readonly seen: number
  readonly moved: number
}

/**
 * Moves the live records of one store to another, one by one, so that an operator can begin a move again that was cut
 * off. Throws a TypeError where the old store cannot list what it holds. No server may be writing.
 */
export async function* moveRecords({ from, to, now }: Move): AsyncGenerator<MoveProgress, void> {
  const adopt = to.adopt ?? to.create
  const release = from.release ?? ((id: SessionId) => from.delete(id))
  if (!from.list) throw new TypeError('This store cannot list what it holds.')
  let [seen, moved] = [0, 0]
  for await (const { id, record } of from.list()) {
    const { version: _version, ...content } = record
    if (!isExpired(record, now())) {
      if ((await adopt(id, content)) !== null) moved++
      await release(id)
    }
    yield { seen: ++seen, moved }
  }
}
