import { resolveCursorConnection } from '@pothos/plugin-relay'
import type { ResolveCursorConnectionArgs } from '@pothos/plugin-relay'
import Bowser from 'bowser'
import { GraphQLError } from 'graphql'
import { userColumns, usernameKey } from '../../auth/user.ts'
import { parseId } from '../../session/key.ts'
import { builder } from '../builder.ts'
import { NotFound } from '../errors.ts'
import { beyond, cursorOf, matching } from '../session-list.ts'
import type { RosterRow } from '../session-list.ts'
import { SessionEndReasonType } from './end-reason.ts'
import { UserType } from './user.ts'

const SessionRecord = builder.objectRef<RosterRow>('SessionRecord').implement({
  description: 'A session as it is stored. Shows a device to its owner and a session to staff.',
  fields: (t) => ({
    id: t.exposeID('id'),
    user: t.field({
      type: UserType,
      nullable: true,
      resolve: ({ userId }, _args, { app }) =>
        userId === null
          ? null
          : app.db.user.findUnique({ where: { id: userId }, select: userColumns }),
    }),
    isCurrent: t.boolean({
      description: 'Is it the session that asks?',
      resolve: async ({ id }, _args, { session }) => id === (await session.id()),
    }),
    isActive: t.boolean({
      resolve: ({ endedAt, expiresAt }, _args, { app }) =>
        endedAt === null && expiresAt.getTime() > app.settings.now(),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    endReason: t.field({
      type: SessionEndReasonType,
      nullable: true,
      resolve({ endReason, expiresAt }, _args, { app }) {
        if (endReason !== null) return endReason as 'LOGOUT'
        return expiresAt.getTime() <= app.settings.now() ? 'EXPIRED' : null
      },
    }),
    ipAddress: t.exposeString('ipAddress', { nullable: true }),
    userAgent: t.exposeString('userAgent', { nullable: true }),
    device: t.string({
      nullable: true,
      description: 'For people, read from the user agent: Firefox on Linux.',
      resolve: ({ userAgent }) => deviceOf(userAgent),
    }),
    data: t.field({
      type: 'JSON',
      nullable: true,
      description:
        "Staff only: the decoded data. Null where the engine keeps it out of the server's reach (signed cookies).",
      authScopes: { staff: true },
      async resolve({ id, endedAt }, _args, { app }) {
        const known = endedAt === null ? parseId(id) : null
        return known && ((await app.settings.store.load(known))?.data ?? null)
      },
    }),
  }),
})

const SessionStatus = builder.enumType('SessionStatus', {
  values: ['ACTIVE', 'ENDED', 'EXPIRED', 'ANY'] as const,
})

const SessionFilter = builder.inputType('SessionFilter', {
  fields: (t) => ({
    status: t.field({ type: SessionStatus, description: 'Default: the active ones.' }),
    userId: t.id(),
    username: t.string(),
    authenticated: t.boolean(),
    ipAddress: t.string(),
    userAgentContains: t.string({
      description: 'As SQL has LIKE: % stands for any text, _ for any character.',
    }),
    createdBefore: t.field({ type: 'DateTime' }),
    createdAfter: t.field({ type: 'DateTime' }),
    lastSeenBefore: t.field({ type: 'DateTime' }),
  }),
})

const SessionStats = builder
  .objectRef<{ active: number; authenticated: number; expired: number }>('SessionStats')
  .implement({
    description: 'Counted over the sessions that `sessions` lists.',
    fields: (t) => ({
      active: t.exposeInt('active'),
      authenticated: t.exposeInt('authenticated'),
      anonymous: t.int({ resolve: ({ active, authenticated }) => active - authenticated }),
      expired: t.exposeInt('expired'),
    }),
  })

builder.queryFields((t) => ({
  sessions: t.connection(
    {
      type: SessionRecord,
      authScopes: { staff: true },
      description:
        'Newest first (createdAt, then id). The database engines list every session; the others every signed-in one, wherever its data is kept.',
      args: { filter: t.arg({ type: SessionFilter }) },
      async resolve(_root, { filter, ...args }, { app }) {
        const where = matching(filter ?? {}, app.settings.now(), usernameKey)
        checkPage(args)
        const page = await resolveCursorConnection(
          { args, toCursor: cursorOf, defaultSize: 20, maxSize: 100 },
          ({ before, after, limit, inverted }: ResolveCursorConnectionArgs): Promise<RosterRow[]> =>
            app.db.session.findMany({
              where: { AND: [where, beyond(after, 'after'), beyond(before, 'before')] },
              orderBy: inverted
                ? [{ createdAt: 'asc' }, { id: 'asc' }]
                : [{ createdAt: 'desc' }, { id: 'desc' }],
              take: limit,
            }),
        )
        return { ...page, totalCount: () => app.db.session.count({ where }) }
      },
    },
    {
      name: 'SessionRecordConnection',
      fields: (connection) => ({
        totalCount: connection.int({ resolve: ({ totalCount }) => totalCount() }),
      }),
    },
    { name: 'SessionRecordEdge' },
  ),

  sessionRecord: t.field({
    type: SessionRecord,
    nullable: true,
    authScopes: { staff: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { app }) => app.db.session.findUnique({ where: { id } }),
  }),

  sessionStats: t.field({
    type: SessionStats,
    authScopes: { staff: true },
    async resolve(_root, _args, { app }) {
      const count = (filter: Parameters<typeof matching>[0]) =>
        app.db.session.count({ where: matching(filter, app.settings.now(), usernameKey) })
      const [active, authenticated, expired] = await Promise.all([
        count({}),
        count({ authenticated: true }),
        count({ status: 'EXPIRED' }),
      ])
      return { active, authenticated, expired }
    },
  }),
}))

const RevokeSessionSuccess = builder.objectRef<{ id: string }>('RevokeSessionSuccess').implement({
  fields: (t) => ({ id: t.exposeID('id') }),
})

const RevokeSessionResult = builder.errorUnion('RevokeSessionResult', {
  types: [RevokeSessionSuccess, NotFound],
  resolveType: () => 'RevokeSessionSuccess',
})

const ClearExpiredSessionsSuccess = builder
  .objectRef<{ deletedCount: number }>('ClearExpiredSessionsSuccess')
  .implement({ fields: (t) => ({ deletedCount: t.exposeInt('deletedCount') }) })

builder.mutationFields((t) => ({
  deleteSession: t.field({
    type: RevokeSessionResult,
    authScopes: { staff: true },
    args: { id: t.arg.id({ required: true }) },
    async resolve(_root, args, { app }) {
      const id = parseId(args.id)
      if (id === null || !(await app.revoke(id))) throw new NotFound('session')
      return { id }
    },
  }),

  clearExpiredSessions: t.field({
    type: ClearExpiredSessionsSuccess,
    authScopes: { staff: true },
    resolve: async (_root, _args, { app }) => ({ deletedCount: await app.clearExpired() }),
  }),
}))

/** Relay's rule, and a limit that says its name. */
function checkPage({
  first,
  last,
}: {
  first?: number | null | undefined
  last?: number | null | undefined
}): void {
  for (const size of [first, last]) {
    if (size != null && (size < 0 || size > 100)) {
      throw new GraphQLError('A page holds from 0 to 100.', {
        extensions: { code: 'BAD_USER_INPUT' },
      })
    }
  }
}

function deviceOf(userAgent: string | null): string | null {
  if (!userAgent) return null
  const { browser, os } = Bowser.parse(userAgent)
  const known = [browser.name, os.name].filter((name) => name !== undefined && name !== '')
  return known.length === 0 ? null : known.join(' on ')
}
