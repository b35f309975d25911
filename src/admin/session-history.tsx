import type { VNode } from 'preact'
import type { AuditedEvent } from '../auth/audit/audit-list.ts'
import { newest } from '../auth/lists/keyset.ts'
import type { InspectedSession } from '../auth/sessions/session-inspection.ts'
import type { PageParts } from './desk-parts.ts'
import { detailOf } from './event-detail.ts'
import { EventRows } from './event-rows.tsx'
import { Empty, SessionLink } from './parts.tsx'
import type { Visit } from './visit.ts'
import { Time } from './times.tsx'

/** How many events a page shows. The audit has the rest. */
const shown = 100

/** How long after its sessions an end of many is written down at most, in milliseconds. */
const writtenWithin = 60_000

/**
 * What the audit has of a session, newest first: what happened in it, whether its visitor was signed in or not, and the end
 * of many that it was among, which happened in the session of the staff who asked for it.
 */
export async function historyOf(
  { audit }: Pick<PageParts, 'audit'>,
  { id, endedAt, endReason }: InspectedSession,
): Promise<readonly AuditedEvent[]> {
  const own = await audit.list({ sessionId: id }, newest(shown))
  if (endedAt === null || endReason !== 'REVOKED') return own
  const until = new Date(endedAt.getTime() + writtenWithin)
  const ends = await audit.list({ type: 'SESSIONS_REVOKED', since: endedAt, until }, newest(50))
  const among = ends.filter((event) => detailOf(event).sessions.includes(id))
  return [...among.filter((event) => event.sessionId !== id), ...own]
}

/** What happened in a session, and whose place it took. */
export function History({
  visit,
  session: { id, previousId, previousAt },
  events,
}: {
  visit: Visit<'now'>
  session: InspectedSession
  events: readonly AuditedEvent[]
}): VNode {
  return (
    <>
      {previousId !== null && previousAt !== null && (
        <p>
          It took the place of <SessionLink id={previousId} /> at <Time at={previousAt} />, when the
          visitor got a new key.
        </p>
      )}
      {events.length === 0 ? (
        <Empty>
          <p>The audit has no event of this session.</p>
          <p>It keeps sign-ins and sign-outs, changes of password, and ends of sessions.</p>
        </Empty>
      ) : (
        <div class="list inside">
          <EventRows
            events={events}
            now={visit.desk.now()}
            own={id}
            caption="Events of the session"
          />
        </div>
      )}
    </>
  )
}
