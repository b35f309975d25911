import { parseId } from '../../session/key.ts'
import { builder } from '../builder.ts'
import { currentUser } from '../context.ts'
import { revokeMatching, selected, untilHalfTime } from '../session-deletion.ts'
import { matching, pageOfSessions } from '../session-list.ts'
import { RevokeSessionResult, RevokeSessionsSuccess } from './revocation.ts'
import { SessionRecord, SessionRecordConnection } from './session-record.ts'
import { InvalidInput, NotFound } from '../../refusals.ts'
import { usernameKey } from '../../auth/username.ts'

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
      description: 'Without case, and taken as it is: % and _ are characters.',
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
      resolve: (_root, { filter, ...args }, context) =>
        pageOfSessions(
          context,
          matching(filter ?? {}, context.app.settings.now(), usernameKey),
          args,
        ),
    },
    SessionRecordConnection,
  ),

  sessionRecord: t.field({
    type: SessionRecord,
    nullable: true,
    authScopes: { staff: true },
    args: { id: t.arg.id({ required: true }) },
    resolve(_root, args, { app }) {
      const id = parseId(args.id)
      return id && app.db.session.findUnique({ where: { id } })
    },
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

const DeleteSessionsResult = builder.errorUnion('DeleteSessionsResult', {
  types: [RevokeSessionsSuccess, InvalidInput],
  resolveType: () => 'RevokeSessionsSuccess',
})

const ClearExpiredSessionsSuccess = builder
  .objectRef<{ deletedCount: number }>('ClearExpiredSessionsSuccess')
  .implement({ fields: (t) => ({ deletedCount: t.exposeInt('deletedCount') }) })

builder.mutationFields((t) => ({
  deleteSession: t.field({
    type: RevokeSessionResult,
    authScopes: { staff: true },
    args: { id: t.arg.id({ required: true }) },
    async resolve(_root, args, context) {
      const { session, app, client } = context
      const id = parseId(args.id)
      const actorId = (await currentUser(context))?.id ?? null
      const row = id && (await app.db.session.findUnique({ where: { id } }))
      if (id === null || !(await app.revoke(id))) throw new NotFound('session')
      const subjectId = row?.userId ?? null
      await app.notify({ type: 'SESSION_REVOKED', actorId, subjectId, sessionId: id, client })
      // The caller's own is over for the rest of this document too.
      if (id === (await session.id())) session.flush()
      return { id }
    },
  }),

  deleteSessions: t.field({
    type: DeleteSessionsResult,
    description:
      "Ends every session that the filter matches, save the caller's own, for half as long as an operation may take: call it again until it is complete. dryRun only counts. A filter that names nothing, or a null in it: INVALID_INPUT.",
    authScopes: { staff: true },
    args: {
      filter: t.arg({ type: SessionFilter, required: true }),
      dryRun: t.arg.boolean({ required: true, defaultValue: false }),
    },
    async resolve(_root, { filter, dryRun }, context) {
      const { session, app, client } = context
      const own = await session.id()
      const sessions = await selected(app, filter, own)
      if (dryRun) {
        const matchedCount = await app.db.session.count({ where: sessions.where })
        return { matchedCount, revokedCount: 0, isComplete: matchedCount === 0 }
      }
      const by = { actorId: (await currentUser(context))?.id ?? null, sessionId: own, client }
      return revokeMatching(app, { ...sessions, by, filter, mayGoOn: untilHalfTime(app) })
    },
  }),

  clearExpiredSessions: t.field({
    type: ClearExpiredSessionsSuccess,
    description:
      'Removes what has expired, for half as long as an operation may take: call it again until there is nothing left.',
    authScopes: { staff: true },
    async resolve(_root, _args, { app }) {
      return { deletedCount: await app.clearExpired(untilHalfTime(app)) }
    },
  }),
}))
