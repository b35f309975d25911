import type { ListenToSession, SessionNews } from '../../auth/roster/session-news.ts'
import type { SessionEndReason } from '../../auth/roster/why-ended.ts'
import { NoSession } from '../../refusals.ts'
import type { CoreBuilder } from '../builder.ts'
import type { Context } from '../context.ts'

/** What the stream needs. */
export interface SessionEventsParts {
  readonly listen: ListenToSession
}

/** What happens to the visitor's own session, as a stream. */
export function addSessionEvents(builder: CoreBuilder, { listen }: SessionEventsParts): void {
  builder.objectType('SessionChanged', {
    description: 'Something stored in the session changed, in this tab or another.',
    fields: (t) => ({
      session: t.expose('session', { type: 'Session', description: 'As it is now.' }),
    }),
  })

  const SessionEnded = builder.objectRef<{ reason: SessionEndReason }>('SessionEnded').implement({
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
      // It sends the end as an event before it ends.
      extensions: { endsItself: true },
      description:
        "What happens to the visitor's own session. Ends, with a last SessionEnded, the moment the session does.",
      subscribe: (_root, _args, context) => openEvents(listen, context),
      resolve: (event) => event,
    }),
  )
}

/** The events of the session that this request's cookie names. Throws `NoSession` where there is no such session. */
async function openEvents(
  listen: ListenToSession,
  { session, budget, reader: readerOf }: Context,
): Promise<AsyncIterable<SessionNews>> {
  const reader = readerOf()
  const { stream, reason } = await listen(session, {
    cut: reader.cutOff,
    beforeLook: budget.refill,
  })
  if (stream !== null) {
    // Ends the stream when its reader leaves, even before the first byte.
    reader.onceGone(() => void stream.return())
    return stream
  }
  // The stream would end with its only event, and EventSource would ask again, for ever.
  if (reason === null || reader.asksAgain) throw new NoSession()
  return only({ reason })
}

async function* only<Event>(event: Event): AsyncIterable<Event> {
  yield event
}
