import { resolveCursorConnection } from '@pothos/plugin-relay'
import type { ResolveCursorConnectionArgs } from '@pothos/plugin-relay'
import { GraphQLError } from 'graphql'
import { authEventTypes } from '../../auth/audit.ts'
import type { AuthEvent } from '../../auth/audit.ts'
import { userColumns } from '../../auth/user.ts'
import type { User } from '../../auth/user.ts'
import type { Database } from '../../database/database.ts'
import { builder } from '../builder.ts'
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
        "Who did it. Null where nobody is signed in, or somebody at the server's shell did.",
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
      async resolve(_root, { filter, ...args }, { app: { db } }) {
        const selection = { ...filter }
        checkPage(args)
        const page = await resolveCursorConnection(
          { args, toCursor: cursorOf, defaultSize: 20, maxSize: 100 },
          ({ before, after, limit, inverted }: ResolveCursorConnectionArgs) =>
            findPage(db, selection, {
              after: after === undefined ? null : parseCursor(after),
              before: before === undefined ? null : parseCursor(before),
              limit,
              inverted,
            }),
        )
        return { ...page, totalCount: () => db.auditEvent.count({ where: matching(selection) }) }
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

/** Where an event stands in the list. */
interface Position {
  readonly at: Date
  readonly id: string
}

interface Page {
  readonly after: Position | null
  readonly before: Position | null
  readonly limit: number
  /** Oldest first. */
  readonly inverted: boolean
}

/**
 * At most `limit` events. What a user did and what happened to them are two walks along two indexes, each as long as
 * the page; asked as one condition, a database reads all that the user has, or all that anybody has.
 */
async function findPage(db: Database, selection: Selection, page: Page): Promise<AuditRow[]> {
  const { userId } = selection
  if (userId == null) return find({})
  if (userId.includes('\0')) return []
  const [done, suffered] = await Promise.all([
    find({ actorId: userId }),
    find({ subjectId: userId }),
  ])
  const rows = new Map([...done, ...suffered].map((row) => [row.id, row]))
  return [...rows.values()].sort(inOrder).slice(0, page.limit)

  function find(of: { actorId?: string; subjectId?: string }): Promise<AuditRow[]> {
    const direction = page.inverted ? 'asc' : 'desc'
    return db.auditEvent.findMany({
      where: { AND: [of, typeIs(selection), between(selection, page)] },
      orderBy: [{ at: direction }, { id: direction }],
      take: page.limit,
      include: { actor: { select: userColumns }, subject: { select: userColumns } },
    })
  }

  function inOrder(a: Position, b: Position): number {
    const order = a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1)
    return page.inverted ? order : -order
  }
}

/** All that the filter lets through, for the count. No text holds a NUL, and PostgreSQL fails over the question. */
function matching(selection: Selection) {
  const { userId } = selection
  if (userId?.includes('\0')) return { id: { in: [] } }
  const ofUser = userId == null ? {} : { OR: [{ actorId: userId }, { subjectId: userId }] }
  return { AND: [ofUser, typeIs(selection), between(selection, { after: null, before: null })] }
}

function typeIs({ type }: Selection) {
  return type == null ? {} : { type }
}

/**
 * The part of the list between the filter's instants and the cursors. `at` has one bound on either side, the tighter
 * one, so that the database begins there: given two, it may walk from the other.
 */
function between({ since, until }: Selection, { after, before }: Pick<Page, 'after' | 'before'>) {
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

function cursorOf({ at, id }: Position): string {
  return Buffer.from(`${at.getTime()}.${id}`).toString('base64url')
}

/** Thirteen digits last until 2286. */
function parseCursor(cursor: string): Position {
  const [, at, id] =
    /^(\d{1,13})\.([\w-]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (at === undefined || id === undefined) throw badInput('Not a cursor of this list.')
  return { at: new Date(Number(at)), id }
}

/** Relay's rule, and a limit that says its name. */
function checkPage(args: {
  readonly first?: number | null | undefined
  readonly last?: number | null | undefined
}): void {
  for (const size of [args.first, args.last]) {
    if (size != null && (size < 0 || size > 100)) throw badInput('A page holds from 0 to 100.')
  }
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}
