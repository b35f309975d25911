import type { EventStream } from './streams/event-stream.ts'
import type { SessionEvents } from './streams/events.ts'
import type { Session } from './session.ts'

/** What watching for an end takes. */
export interface EndWatch {
  readonly streams: Pick<SessionEvents, 'subscribe'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Breaks off what is watched over. */
  readonly cut: () => void
}

/** A stream without events, which is over when the session is; null where the request has none. Throws `TooManyStreams`. */
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
