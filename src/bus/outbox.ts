import type { SessionId } from '../session/key.ts'
import { mostIds, writeMessage } from './message.ts'

/** The most ids that wait. With more, one message says that any session may have changed: that bounds memory and messages. */
const mostWaiting = 20 * mostIds

/** What waits to be sent. An id that waits already is not sent twice. */
export interface Outbox {
  readonly isEmpty: boolean
  /** Takes in that these sessions may have changed. */
  add(ids: Iterable<SessionId>): void
  /** Takes in that any session may have changed. */
  addAll(): void
  /** Hands all that waits to `send`, as messages. Where `send` rejects, this puts all of it back, and rejects too. */
  empty(send: (texts: readonly string[]) => Promise<unknown>): Promise<void>
}

/** The outbox of the process that is called `from`. */
export function createOutbox(from: string): Outbox {
  let ids = new Set<SessionId>()
  let isAll = false
  return {
    get isEmpty() {
      return !isAll && ids.size === 0
    },
    add,
    addAll,
    async empty(send) {
      const taken = { ids, isAll }
      const texts = write()
      ids = new Set()
      isAll = false
      try {
        await send(texts)
      } catch (error) {
        if (taken.isAll) addAll()
        add(taken.ids)
        throw error
      }
    },
  }

  function add(more: Iterable<SessionId>): void {
    if (isAll) return
    for (const id of more) ids.add(id)
    if (ids.size > mostWaiting) addAll()
  }

  function addAll(): void {
    isAll = true
    ids.clear()
  }

  function write(): string[] {
    if (isAll) return [writeMessage({ kind: 'all', from })]
    const waiting = [...ids]
    const texts: string[] = []
    for (let at = 0; at < waiting.length; at += mostIds)
      texts.push(writeMessage({ kind: 'ids', from, ids: waiting.slice(at, at + mostIds) }))
    return texts
  }
}
