import type { EventStream, Look } from '../../session/streams/event-stream.ts'
import type { SessionEvents } from '../../session/streams/events.ts'
import type { SessionId } from '../../session/key.ts'
import type { Session } from '../../session/session.ts'
import type { StoredRecord } from '../../session/store.ts'
import { onItsWay } from './admission.ts'
import type { KnowsEnds, SessionEndReason } from './why-ended.ts'

/** What happens to a session: its record changed, or it is over, which is the last of its news. */
export type SessionNews = { readonly session: Session } | { readonly reason: SessionEndReason }

/** The outcome of `ListenToSession`. */
export interface Heard {
  /** The session's news from now on; null where the cookie opens no session. */
  readonly stream: EventStream<SessionNews> | null
  /** Why it is over; null where it is not over, or the reason is not known. */
  readonly reason: SessionEndReason | null
}

/** Who reads the news. */
export interface NewsReader {
  /** Breaks the stream off. */
  readonly cut: () => void
  /** Called before each look. */
  readonly beforeLook: () => void
}

/** Listens to the session that the visitor's cookie names. Throws `TooManyStreams`. */
export type ListenToSession = (session: Session, reader: NewsReader) => Promise<Heard>

/** How streams learn of their sessions. */
export interface SessionNewsOptions {
  readonly streams: Pick<SessionEvents, 'subscribe'>
  readonly ends: KnowsEnds
  /** Does the server keep the records? Otherwise each cookie carries one. */
  readonly keepsRecords: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Opens the news of sessions. */
export function createSessionNews(options: SessionNewsOptions): ListenToSession {
  const { streams, ends, keepsRecords, now } = options

  return async (session, { cut, beforeLook }) => {
    const first = session.watch() // first of all: an answer that depends on the cookie must have `Vary`
    const id = session.presentedId
    if (id === null) return { stream: null, reason: null }
    const at = now()
    await first.id()
    if (first.kept === null) return { stream: null, reason: await ends.endReason(id) }
    const look = createLook({ session, id, cut }, { record: first.kept.record, at })
    const next: typeof look = (why) => {
      beforeLook()
      return look(why)
    }
    return { stream: streams.subscribe(id, next, cut), reason: null }
  }

  /**
   * Compares what is stored with what the reader knows, which is `last` at first. Where the session is over but its row is
   * still alive, a write may be under way that keeps it alive: the stream looks again when the row's time is over. Where
   * there is no reason for the end, it breaks the stream off: the reader comes back with its newest cookie, and learns what
   * that opens.
   */
  function createLook({ session, id, cut }: Watched, last: Known): Look<SessionNews> {
    let known = last

    return async (why) => {
      if (why !== null) return { event: { reason: why as SessionEndReason }, endsIn: null }
      const at = now()
      const newest = session.watch()
      await newest.id()
      if (newest.kept === null) {
        // Where cookies carry records, perhaps only the cookie that opened the stream has expired.
        const expiresAt = keepsRecords ? known.record.expiresAt : null
        const { reason, aliveUntil } = await ends.fate(id, { at: known.at, expiresAt })
        if (reason !== null) return { event: { reason }, endsIn: null }
        const endsIn = aliveUntil === null ? Infinity : aliveUntil - now()
        if (endsIn <= onItsWay) return { event: null, endsIn }
        cut()
        return { event: null, endsIn: Infinity }
      }
      const { record } = newest.kept
      const isNew = record.version !== known.record.version
      known = { record, at }
      return { event: isNew ? { session: newest } : null, endsIn: record.expiresAt - now() }
    }
  }
}

/** The session that a stream watches. */
interface Watched {
  readonly session: Session
  readonly id: SessionId
  readonly cut: () => void
}

/** What was stored, and when the look at it began: milliseconds since 1970. */
interface Known {
  readonly record: StoredRecord
  readonly at: number
}
