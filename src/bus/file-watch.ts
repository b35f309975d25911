import type { SessionId } from '../session/key.ts'
import { mostAsked } from '../session/streams/many-calls.ts'

/** What it takes to watch a SQLite file. */
export interface FileWatchOptions {
  /** See `Database.othersVersion`. */
  readonly version: () => number
  /** The streams of this process: which sessions they are of, and how they are called. */
  readonly streams: {
    ids(): SessionId[]
    publish(id: SessionId): void
    publishMany(ids: readonly SessionId[]): void
  }
  /** A text for each session that has a row: another one where the row has changed. At most `mostAsked` ids. */
  readonly statesOf: (ids: readonly SessionId[]) => Promise<ReadonlyMap<SessionId, string>>
  /**
   * May a change be complete only after its row was written, because records are elsewhere? Then streams are called once more
   * a moment later.
   */
  readonly isWrittenAfter: boolean
  /**
   * May another program change a session that has no row, with no message of that to this process? A guest's has none where
   * records are elsewhere. Then the streams of such sessions are called in turn.
   */
  readonly missesGuests: () => boolean
}

/** Calls streams of this process for what other programs have written into the SQLite file. */
export interface FileWatch {
  /** A stream was opened: watches for as long as there are any. */
  begin(): void
}

/** How often the file is looked at, in milliseconds, while there are streams. A look takes a few microseconds. */
const lookEvery = 200

/** How long it is from one question about the rows to the next, in milliseconds, where others write without a pause. */
const rest = 500

/** The state of a session without a row. */
const none = 'none'

/** How many streams of sessions without a row are called at one look: a hundred a second, 14 ms of a processor. */
const calledInTurn = 20

/**
 * Watches the number that SQLite counts up where another program has committed. Where it moved, the rows of the sessions
 * that have streams are compared with what they were. The writer of a row has nothing to tell, and may be any program. Of a
 * session without a row the file tells nothing, so its streams look for themselves.
 */
export function watchFile({
  version,
  streams,
  statesOf,
  isWrittenAfter,
  missesGuests,
}: FileWatchOptions): FileWatch {
  let timer: NodeJS.Timeout | null = null
  let seen: number | null = null
  let known: ReadonlyMap<SessionId, string> = new Map()
  let calledBefore: readonly SessionId[] = []
  let isAsking = false
  let next = 0
  let turn = 0

  return {
    begin() {
      if (timer !== null) return
      // Before the first look of the stream, which sees what was committed until now.
      seen = versionNow()
      known = new Map()
      timer = setInterval(look, lookEvery).unref()
    },
  }

  function look(): void {
    const ids = streams.ids()
    if (ids.length === 0 && timer !== null) {
      clearInterval(timer)
      timer = null
      calledBefore = []
      return
    }
    if (missesGuests()) callSome(ids.filter((id) => (known.get(id) ?? none) === none))
    if (isAsking || performance.now() < next) return
    const newest = versionNow()
    if (newest !== null && (newest !== seen || calledBefore.length > 0)) void ask(ids, newest)
  }

  function callSome(ids: readonly SessionId[]): void {
    if (turn >= ids.length) turn = 0
    for (const id of ids.slice(turn, turn + calledInTurn)) streams.publish(id)
    turn += calledInTurn
  }

  /** Where a question fails, the number is taken for unseen, and the question is put again. */
  async function ask(ids: readonly SessionId[], newest: number): Promise<void> {
    isAsking = true
    try {
      const states = await statesOfAll(ids)
      const changed = ids.filter((id) => states.get(id) !== known.get(id))
      streams.publishMany([...calledBefore, ...changed])
      calledBefore = isWrittenAfter ? changed : []
      known = states
      seen = newest
    } catch {
      // The database is away. Streams find that out by themselves, and the log has it.
    } finally {
      isAsking = false
      next = performance.now() + rest
    }
  }

  /** A stream that is new is without a state, which is no state that a row can have. */
  async function statesOfAll(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, string>> {
    const all = new Map<SessionId, string>()
    for (let at = 0; at < ids.length; at += mostAsked) {
      const some = ids.slice(at, at + mostAsked)
      const states = await statesOf(some)
      for (const id of some) all.set(id, states.get(id) ?? none)
      await new Promise(setImmediate) // the statement did not wait: requests have their turn before the next
    }
    return all
  }

  /** Null where the file cannot be read at this moment. */
  function versionNow(): number | null {
    try {
      return version()
    } catch {
      return null
    }
  }
}
