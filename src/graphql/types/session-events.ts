import { onItsWay } from '../../auth/roster/admission.ts'
import type { KnowsEnds, SessionEndReason } from '../../auth/roster/why-ended.ts'
import { cutOff, onceOver } from '../../http/exchange.ts'
import type { Sight } from '../../session/streams/event-stream.ts'
import type { SessionId } from '../../session/key.ts'
import type { Session } from '../../session/session.ts'
import type { StoredRecord } from '../../session/store.ts'
import type { CoreBuilder } from '../builder.ts'
import type { Context } from '../context.ts'
import type { NamedTypes } from '../named-types.ts'
import type { Streams } from '../streams.ts'
import { NoSession } from '../../refusals.ts'

type Changed = NamedTypes['SessionChanged']

interface Ended {
  readonly reason: SessionEndReason
}

/** How streams learn of their sessions. */
export interface SessionEventsParts {
  readonly streams: Streams
  readonly ends: KnowsEnds
  /** Are records kept on this side? Otherwise each cookie carries one, and a newer cookie a newer one. */
  readonly keepsRecords: boolean
}

/** What happens to the visitor's own session, as a stream. */
export function addSessionEvents(builder: CoreBuilder, parts: SessionEventsParts): void {
  builder.objectType('SessionChanged', {
    description: 'Something stored in the session changed, in this tab or another.',
    fields: (t) => ({
      session: t.expose('session', { type: 'Session', description: 'As it is now.' }),
    }),
  })

  const SessionEnded = builder.objectRef<Ended>('SessionEnded').implement({
    description: 'The session is over, and so is the stream.',
    fields: (t) => ({
      reason: t.expose('reason', { type: 'SessionEndReason', description: 'Why it is over.' }),
    }),
  })

  const SessionEvent = builder.unionType('SessionEvent', {
    description: 'What may happen to a session. A later release may add some.',
    types: ['SessionChanged', SessionEnded],
    resolveType: (event) => ('reason' in event ? 'SessionEnded' : 'SessionChanged'),
  })

  builder.subscriptionField('sessionEvents', (t) =>
    t.field({
      type: SessionEvent,
      // It tells of the end before it ends.
      extensions: { endsItself: true },
      description:
        "What happens to the visitor's own session. Ends, with a last SessionEnded, the moment the session does.",
      subscribe: (_root, _args, context) => openEvents(parts, context),
      resolve: (event) => event,
    }),
  )
}

/** The events of the session that this request's cookie names. Throws `NoSession` where it names none that is known. */
async function openEvents(
  parts: SessionEventsParts,
  { session, exchange, budget, now }: Context,
): Promise<AsyncIterable<Changed | Ended>> {
  const first = session.watch()
  const id = session.presentedId
  if (id === null) throw new NoSession()
  const at = now()
  await first.id()
  if (first.kept) {
    const cut = () => cutOff(exchange)
    const look = createLook(
      { ...parts, session, id, cut, clock: now },
      { record: first.kept.record, at },
    )
    const next: typeof look = (why) => {
      budget.refill()
      return look(why)
    }
    const stream = parts.streams.subscribe(id, next, cut)
    // Once its reader has left, even before the first byte, the stream has no other reader.
    onceOver(exchange, () => void stream.return())
    return stream
  }
  const reason = await parts.ends.endReason(id)
  // EventSource, which asks by GET, would take an event for a reason to ask again, for ever.
  if (reason === null || exchange.request.method === 'GET') throw new NoSession()
  return only({ reason })
}

/** Whose session is looked at. */
interface Watched extends Pick<SessionEventsParts, 'ends' | 'keepsRecords'> {
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly session: Session
  readonly id: SessionId
  /** Breaks the stream off. */
  readonly cut: () => void
}

/** What was stored, and when the look at it began: milliseconds since 1970. */
interface Known {
  readonly record: StoredRecord
  readonly at: number
}

/**
 * Compares what is stored with what the reader knows, `last` to begin with. Where the session is over, and its row lets it live
 * a little longer, a write may be under way that keeps it alive: the stream looks again when that time is over. Where nothing
 * says why it is over, it breaks the stream off: its reader comes back with its newest cookie, and is told what that opens.
 */
function createLook({ ends, keepsRecords, clock, session, id, cut }: Watched, last: Known) {
  let known = last

  return async (why: string | null): Promise<Sight<Changed | Ended>> => {
    if (why !== null) return { event: { reason: why as SessionEndReason }, endsIn: null }
    const at = clock()
    const now = session.watch()
    await now.id()
    if (now.kept === null) {
      // Where cookies carry records, only the one that the stream was opened with may have expired.
      const expiresAt = keepsRecords ? known.record.expiresAt : null
      const { reason, aliveUntil } = await ends.fate(id, { at: known.at, expiresAt })
      if (reason !== null) return { event: { reason }, endsIn: null }
      const endsIn = aliveUntil === null ? Infinity : aliveUntil - clock()
      if (endsIn <= onItsWay) return { event: null, endsIn }
      cut()
      return { event: null, endsIn: Infinity }
    }
    const { record } = now.kept
    const isNew = record.version !== known.record.version
    known = { record, at }
    return { event: isNew ? { session: now } : null, endsIn: record.expiresAt - clock() }
  }
}

async function* only<Event>(event: Event): AsyncIterable<Event> {
  yield event
}
