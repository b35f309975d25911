import { authEventTypes } from '../../auth/audit.ts'
import type { AuthEvent } from '../../auth/audit.ts'
import { userColumns } from '../../auth/user.ts'
import type { User } from '../../auth/user.ts'
import type { Database } from '../../database/database.ts'
import { isStorable } from '../../session/data.ts'
import { builder } from '../builder.ts'
import { readPage } from '../keyset.ts'
import type { KeysetRange } from '../keyset.ts'
import { UserType } from './user.ts'

type AuditColumns = NonNullable<Awaited<ReturnType<Database['auditEvent']['findFirst']>>>

/** A stored event, with the users it names: read by the query of the page, not one by one. */
type AuditRow = AuditColumns & { readonly actor: User | null; readonly subject: User | null }

const AuditEventType = builder.enumType('AuditEventType', { values: authEventTypes })

const AuditEvent = builder.objectRef<AuditRow>('AuditEvent').implement({
  description: 'Who did what to whose session. Append-only.',
  fields: (t) => ({
    id: t.exposeID('id'),
    at: t.expose('at', { type: 'DateTime' }),
    type: t.field({ type: AuditEventType, resolve: ({ type }) => type as AuthEvent['type'] }),
    actor: t.expose('actor', {
      type: UserType,
      nullable: true,
      description:
        "Who did it. Null for a visitor who is not signed in, and for what is done at the server's shell: `detail.shell` has its user and host then.",
    }),
    subject: t.expose('subject', {
      type: UserType,
      nullable: true,
      description: 'Whom it happened to.',
    }),
    sessionId: t.exposeID('sessionId', { nullable: true }),
    ipAddress: t.exposeString('ipAddress', { nullable: true }),
    userAgent: t.exposeString('userAgent', { nullable: true }),
    detail: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What the event is about, never a secret.',
      resolve: ({ detail }) => (detail === null ? null : (JSON.parse(detail) as unknown)),
    }),
  }),
})

const AuditFilter = builder.inputType('AuditFilter', {
  fields: (t) => ({
    userId: t.id({ description: 'Who did it, or whom it happened to.' }),
    type: t.field({ type: AuditEventType }),
    since: t.field({ type: 'DateTime', description: 'From then on, that instant included.' }),
    until: t.field({ type: 'DateTime', description: 'Before then.' }),
  }),
})

builder.queryField('auditEvents', (t) =>
  t.connection(
    {
      type: AuditEvent,
      authScopes: { staff: true },
      description: 'Newest first (at, then id).',
      args: { filter: t.arg({ type: AuditFilter }) },
      resolve(_root, { filter, ...args }, { app: { db }, budget }) {
        const selection = { ...filter }
        return readPage(args, budget, {
          name: 'auditEvents',
          instantOf: ({ at }: AuditRow) => at,
          find: (range) => findPage(db, selection, range),
          count: () => db.auditEvent.count({ where: matching(selection) }),
        })
      },
    },
    {
      name: 'AuditEventConnection',
      fields: (connection) => ({
        totalCount: connection.int({ resolve: ({ totalCount }) => totalCount() }),
      }),
    },
    { name: 'AuditEventEdge' },
  ),
)

type Selection = typeof AuditFilter.$inferInput

/**
 * At most `take` events. What a user did and what happened to them are two walks along two indexes, each as long as
 * the page; asked as one condition, a database reads all that the user has, or all that anybody has.
 */
async function findPage(
  db: Database,
  selection: Selection,
  range: KeysetRange,
): Promise<AuditRow[]> {
  const { userId } = selection
  const bounds = between(selection, range)
  if (userId == null) return find({})
  if (!isStorable(userId)) return []
  const [done, suffered] = await Promise.all([
    find({ actorId: userId }),
    find({ subjectId: userId }),
  ])
  const rows = new Map([...done, ...suffered].map((row) => [row.id, row]))
  return [...rows.values()].sort(inOrder).slice(0, range.take)

  function find(of: { actorId?: string; subjectId?: string }): Promise<AuditRow[]> {
    const { direction, take } = range
    return db.auditEvent.findMany({
      where: { AND: [of, typeIs(selection), bounds] },
      orderBy: [{ at: direction }, { id: direction }],
      take,
      include: { actor: { select: userColumns }, subject: { select: userColumns } },
    })
  }

  function inOrder(a: AuditRow, b: AuditRow): number {
    const order = a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1)
    return range.direction === 'asc' ? order : -order
  }
}

/** All that the filter lets through, for the count. No id is a text that cannot be stored. */
function matching(selection: Selection) {
  const { userId } = selection
  if (userId != null && !isStorable(userId)) return { id: { in: [] } }
  const ofUser = userId == null ? {} : { OR: [{ actorId: userId }, { subjectId: userId }] }
  return { AND: [ofUser, typeIs(selection), between(selection, {})] }
}

function typeIs({ type }: Selection) {
  return type == null ? {} : { type }
}

/**
 * The part of the list between the filter's instants and the cursors. `at` has one bound on either side, the tighter
 * one, so that the database begins there: given two, it may walk from the other.
 */
function between({ since, until }: Selection, { after, before }: Partial<KeysetRange>) {
  const latest = [...(until ? [until.getTime() - 1] : []), ...(after ? [after.at.getTime()] : [])]
  const earliest = [...(since ? [since.getTime()] : []), ...(before ? [before.at.getTime()] : [])]
  return {
    at: {
      ...(latest.length > 0 && { lte: instant(Math.min(...latest)) }),
      ...(earliest.length > 0 && { gte: instant(Math.max(...earliest)) }),
    },
    AND: [
      after ? { OR: [{ at: { lt: after.at } }, { id: { lt: after.id } }] } : {},
      before ? { OR: [{ at: { gt: before.at } }, { id: { gt: before.id } }] } : {},
    ],
  }
}

/** PostgreSQL cannot read the years before 1 and after 9999, and no event is from before 1970 or after 2286. */
function instant(at: number): Date {
  return new Date(Math.min(Math.max(at, 0), 9_999_999_999_999))
}
