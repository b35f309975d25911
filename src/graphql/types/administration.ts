import { actedBy } from '../../auth/logins/caller.ts'
import { sessionStatuses } from '../../auth/sessions/session-filter.ts'
import type { SessionStats } from '../../auth/sessions/session-list.ts'
import { InvalidInput, NotFound } from '../../refusals.ts'
import { parseId } from '../../session/key.ts'
import type { CoreBuilder } from '../builder.ts'
import { pageOfSessions } from './session-record.ts'
import type { SessionRecordConnection } from './session-record.ts'

/** Sessions, for staff: lists of them, and ends. */
export function addAdministration(builder: CoreBuilder, connection: SessionRecordConnection): void {
  const SessionStatus = builder.enumType('SessionStatus', { values: sessionStatuses })

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

  const SessionStatsType = builder.objectRef<SessionStats>('SessionStats').implement({
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
        type: 'SessionRecord',
        authScopes: { staff: true },
        description:
          'Newest first (createdAt, then id). The database engines list every session; the others every signed-in one, wherever its data is kept.',
        args: { filter: t.arg({ type: SessionFilter }) },
        resolve: (_root, { filter, ...args }, context) =>
          pageOfSessions(context, filter ?? {}, args),
      },
      connection,
    ),

    sessionRecord: t.field({
      type: 'SessionRecord',
      nullable: true,
      authScopes: { staff: true },
      args: { id: t.arg.id({ required: true }) },
      resolve(_root, args, { app }) {
        const id = parseId(args.id)
        return id && app.sessions.find(id)
      },
    }),

    sessionStats: t.field({
      type: SessionStatsType,
      authScopes: { staff: true },
      resolve: (_root, _args, { app }) => app.sessions.stats(),
    }),
  }))

  const DeleteSessionsResult = builder.errorUnion('DeleteSessionsResult', {
    types: ['RevokeSessionsSuccess', InvalidInput],
    resolveType: () => 'RevokeSessionsSuccess',
  })

  const ClearExpiredSessionsSuccess = builder
    .objectRef<{ deletedCount: number }>('ClearExpiredSessionsSuccess')
    .implement({ fields: (t) => ({ deletedCount: t.exposeInt('deletedCount') }) })

  builder.mutationFields((t) => ({
    deleteSession: t.field({
      type: 'RevokeSessionResult',
      authScopes: { staff: true },
      args: { id: t.arg.id({ required: true }) },
      async resolve(_root, args, context) {
        const id = parseId(args.id)
        if (id === null) throw new NotFound('session')
        await context.app.sessions.revokeFor(context, id)
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
      resolve: async (_root, { filter, dryRun }, context) =>
        context.app.sessions.revokeAll(filter, await actedBy(context), { isDryRun: dryRun }),
    }),

    clearExpiredSessions: t.field({
      type: ClearExpiredSessionsSuccess,
      description:
        'Removes what has expired, for half as long as an operation may take: call it again until there is nothing left.',
      authScopes: { staff: true },
      resolve: async (_root, _args, context) => ({
        deletedCount: await context.app.sessions.clearExpired(context),
      }),
    }),
  }))
}
