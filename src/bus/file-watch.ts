import type { SessionId } from '../session/key.ts'
import { mostAsked } from '../session/streams/many-calls.ts'

/** What it takes to watch a SQLite file. */
export interface FileWatchOptions {
  /** See `Database.othersVersion`. */
  readonly version: () => number
  /** The streams of this process: `ids` gives their sessions, and `publish` and `publishMany` call them. */
  readonly streams: {
    ids(): SessionId[]
    publish(id: SessionId): void
    publishMany(ids: readonly SessionId[]): void
  }
  /**
   * Gives a text for each of these sessions that has a row: another text once the row has changed. The watch asks about
   * `mostAsked` sessions at most. Where this rejects, the watch asks again.
   */
  readonly statesOf: (ids: readonly SessionId[]) => Promise<ReadonlyMap<SessionId, string>>
  /**
   * Are records elsewhere, so that the record of a change may be written after its row? Then the watch calls the streams once
   * more a moment later.
   */
  readonly isWrittenAfter: boolean
  /**
   * May another program change a session that has no row, and send this process no message? A guest's session has no row where
   * records are elsewhere. Then the watch calls the streams of such sessions in turn.
   */
  readonly missesGuests: () => boolean
}

/** Calls the streams of this process whose sessions other programs have changed in the SQLite file. */
export interface FileWatch {
  /** Watches for as long as there are streams. For each stream that opens; it changes nothing while the watch goes on. */
  begin(): void
}

/** How often the watch looks at the file, in milliseconds, while there are streams. A look takes a few microseconds. */
const lookEvery = 200

/** The least time between two questions about the rows, in milliseconds: other programs may write without a pause. */
const rest = 500

/** The state of a session without a row. */
const none = 'none'

/** For how many sessions without a row one look calls the streams: a hundred a second, which takes 14 ms of a processor. */
const calledInTurn = 20

/**
 * Watches the number that SQLite counts up when another program has committed. Where it moved, the watch compares the rows of
 * the sessions that have streams with what they were. So the writer of a row has nothing to tell, and may be any program. The
 * file tells nothing of a session without a row.
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
      // The stream looks after this, and sees for itself what was committed until now.
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

  /** Where a question fails, `seen` stays as it was, so that a later look asks again. */
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
      // The database is away. The dependency that was asked has logged it.
    } finally {
      isAsking = false
      next = performance.now() + rest
    }
  }

  /** Gives `none` for a session without a row, so that it differs from one that the watch does not know yet. */
  async function statesOfAll(ids: readonly SessionId[]): Promise<ReadonlyMap<SessionId, string>> {
    const all = new Map<SessionId, string>()
    for (let at = 0; at < ids.length; at += mostAsked) {
      const some = ids.slice(at, at + mostAsked)
      const states = await statesOf(some)
      for (const id of some) all.set(id, states.get(id) ?? none)
      await new Promise(setImmediate) // the statement ran on the event loop: requests have their turn before the next
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
