import type { Database } from '../../database/database.ts'

/** How many events it rewrites at a time. */
const eventsAtOnce = 200

interface Event {
  readonly id: string
  readonly at: Date
  readonly actorId: string | null
  readonly subjectId: string | null
  readonly detail: string | null
}

type Events = Pick<Database, 'auditEvent'>

/**
 * Takes a user out of the audit, which keeps what happened and when. In events by or about them it erases their name. It
 * erases the address and browser too, unless another user acted: then these belong to the other. With `since` it looks only
 * at events from then on.
 */
export async function forgetUser(db: Events, userId: string, since?: Date): Promise<void> {
  const at = since ? { at: { gte: since } } : {}
  // Two walks along two indexes: see audit-list.ts.
  await forgetEach(db, userId, { actorId: userId, ...at })
  await forgetEach(db, userId, { subjectId: userId, ...at })
}

async function forgetEach(
  db: Events,
  userId: string,
  which: ({ actorId: string } | { subjectId: string }) & { at?: { gte: Date } },
): Promise<void> {
  let after: { at: Date; id: string } | null = null
  for (;;) {
    const events: Event[] = await db.auditEvent.findMany({
      where: { AND: [which, after ? beyond(after) : {}] },
      orderBy: [{ at: 'asc' }, { id: 'asc' }],
      take: eventsAtOnce,
      select: { id: true, at: true, actorId: true, subjectId: true, detail: true },
    })
    const own = events.filter(({ actorId }) => actorId === null || actorId === userId)
    const ids = own.map(({ id }) => id)
    if (ids.length > 0)
      await db.auditEvent.updateMany({
        where: { id: { in: ids } },
        data: { ipAddress: null, userAgent: null },
      })
    for (const { id, subjectId, detail } of events) {
      const kept = subjectId === userId ? withoutName(detail) : detail
      if (kept !== detail) await db.auditEvent.updateMany({ where: { id }, data: { detail: kept } })
    }
    if (events.length < eventsAtOnce) return
    const last = events.at(-1)
    after = last ? { at: last.at, id: last.id } : null
  }
}

function beyond({ at, id }: { at: Date; id: string }) {
  return { at: { gte: at }, OR: [{ at: { gt: at } }, { id: { gt: id } }] }
}

/** The detail of an event without what names the user that it happened to. */
function withoutName(detail: string | null): string | null {
  if (detail === null || !/"(username|filter)":/.test(detail)) return detail
  const {
    username: _username,
    filter: _filter,
    ...rest
  } = JSON.parse(detail) as Record<string, unknown>
  return Object.keys(rest).length === 0 ? null : JSON.stringify(rest)
}
