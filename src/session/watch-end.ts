import type { EventStream } from './streams/event-stream.ts'
import type { SessionEvents } from './streams/events.ts'
import type { Session } from './session.ts'

/** What `watchEnd` needs. */
export interface EndWatch {
  readonly streams: Pick<SessionEvents, 'subscribe'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Breaks off what must not outlive the session. */
  readonly cut: () => void
}

/** A stream without events, which ends with the session; null where the request has no session. Throws `TooManyStreams`. */
export async function watchEnd(
  session: Session,
  { streams, now, cut }: EndWatch,
): Promise<EventStream<never> | null> {
  const id = session.presentedId
  if (id === null) return null
  const first = session.watch()
  await first.id()
  if (first.kept === null) return null
  const look = async (why: string | null) => {
    if (why !== null) return { event: null, endsIn: null }
    const newest = session.watch()
    await newest.id()
    return { event: null, endsIn: newest.kept && newest.kept.record.expiresAt - now() }
  }
  return streams.subscribe<never>(id, look, cut)
}
