import { actedBy } from '../../auth/logins/caller.ts'
import { shareInWords } from '../../auth/sessions/patience.ts'
import type { SessionFilter as Filter, SessionStatus } from '../../auth/sessions/session-filter.ts'
import type { SessionStats } from '../../auth/sessions/session-list.ts'
import type { Sessions } from '../../auth/use-cases.ts'
import { InvalidInput, NotFound } from '../../refusals.ts'
import { parseId } from '../../session/key.ts'
import type { CoreBuilder } from '../builder.ts'
import type { Context } from '../context.ts'
import type { SessionPages } from './session-record.ts'

/** The use cases of staff about all sessions, and the type of a page of them. */
export interface AdministrationParts {
  readonly sessions: Pick<Sessions, 'find' | 'stats' | 'revokeFor' | 'revokeAll' | 'clearExpired'>
  readonly pages: SessionPages
}

/** Lets staff list and end sessions. */
export function addAdministration(
  builder: CoreBuilder,
  { sessions, pages }: AdministrationParts,
): void {
  const SessionStatus = builder.enumType('SessionStatus', {
    description: 'What a session may be, as far as a list is concerned.',
    values: {
      ACTIVE: { description: 'It can be used.' },
      ENDED: { description: 'Its user, staff or an operator ended it.' },
      EXPIRED: { description: 'Its time ran out.' },
      ANY: { description: 'All of them.' },
    } satisfies Record<SessionStatus, object>,
  })

  const SessionFilter = builder.inputType('SessionFilter', {
    description: 'Which sessions are meant: those that match everything that is given.',
    fields: (t) => ({
      status: t.field({ type: SessionStatus, description: 'Default: the active ones.' }),
      userId: t.id({ description: 'Those of this user.' }),
      username: t.string({ description: 'Those of the user of this name, in any spelling of it.' }),
      authenticated: t.boolean({ description: 'true: of signed-in users; false: of guests.' }),
      ipAddress: t.string({ description: 'From exactly this address.' }),
      userAgentContains: t.string({
        description:
          'The user agent has this text in it. Without case, and taken as it is: % and _ are characters.',
      }),
      createdBefore: t.field({ type: 'DateTime', description: 'Begun before then.' }),
      createdAfter: t.field({ type: 'DateTime', description: 'Begun after then.' }),
      lastSeenBefore: t.field({
        type: 'DateTime',
        description: 'Without activity since then.',
      }),
    }),
  })

  const SessionStatsType = builder.objectRef<SessionStats>('SessionStats').implement({
    description: 'Counted over the sessions that `sessions` lists.',
    fields: (t) => ({
      active: t.exposeInt('active', { description: 'Those that can be used.' }),
      authenticated: t.exposeInt('authenticated', { description: 'The active ones of users.' }),
      anonymous: t.int({
        description: 'The active ones of guests.',
        resolve: ({ active, authenticated }) => active - authenticated,
      }),
      expired: t.exposeInt('expired', {
        description: 'Those whose time ran out, and which are not cleared yet.',
      }),
    }),
  })

  builder.queryFields((t) => ({
    sessions: t.connection(
      {
        type: 'SessionRecord',
        authScopes: { staff: true },
        description:
          'Newest first (createdAt, then id). The database engines list every session; the others every signed-in one, wherever its data is kept. A page looks at 5,000 sessions: it may have fewer than it was asked for, or none, and `hasNextPage` with an `endCursor` that leads on.',
        args: {
          filter: t.arg({ type: SessionFilter, description: 'Left out: all that are active.' }),
        },
        resolve: (_root, { filter, ...args }, context) => pages.read(context, filter ?? {}, args),
      },
      pages.connection,
    ),

    sessionRecord: t.field({
      type: 'SessionRecord',
      nullable: true,
      description: 'One session, by its public id. Null where there is none.',
      authScopes: { staff: true },
      args: { id: t.arg.id({ required: true, description: 'Its public id.' }) },
      resolve(_root, args) {
        const id = parseId(args.id)
        return id && sessions.find(id)
      },
    }),

    sessionStats: t.field({
      type: SessionStatsType,
      description:
        'How many sessions there are, by what they are. Counted row by row: some tenths of a second for a million.',
      authScopes: { staff: true },
      resolve: () => sessions.stats(),
    }),
  }))

  const DeleteSessionsResult = builder.errorUnion('DeleteSessionsResult', {
    description: 'What comes of ending many sessions.',
    types: ['RevokeSessionsSuccess', InvalidInput],
    resolveType: () => 'RevokeSessionsSuccess',
  })

  const ClearExpiredSessionsSuccess = builder
    .objectRef<{ deletedCount: number }>('ClearExpiredSessionsSuccess')
    .implement({
      description: 'What has expired is removed.',
      fields: (t) => ({
        deletedCount: t.exposeInt('deletedCount', { description: 'How many were removed.' }),
      }),
    })

  builder.mutationFields((t) => {
    const one = {
      type: 'RevokeSessionResult',
      authScopes: { staff: true },
      args: { id: t.arg.id({ required: true, description: 'Its public id.' }) },
      async resolve(_root: unknown, args: { id: string }, context: Context) {
        const id = parseId(args.id)
        if (id === null) throw new NotFound('session')
        await sessions.revokeFor(context, id)
        return { id }
      },
    } as const

    const many = {
      type: DeleteSessionsResult,
      authScopes: { staff: true },
      args: {
        filter: t.arg({ type: SessionFilter, required: true, description: 'Which to end.' }),
        dryRun: t.arg.boolean({
          required: true,
          defaultValue: false,
          description: 'Only count what matches, and end nothing.',
        }),
      },
      resolve: async (_root: unknown, { filter, dryRun }: Many, context: Context) =>
        sessions.revokeAll(filter, await actedBy(context), { isDryRun: dryRun }),
    } as const

    return {
      revokeAnySession: t.field({
        ...one,
        description:
          'Ends one session, of any user or guest. NOT_FOUND where none of this id is alive.',
      }),
      revokeSessions: t.field({
        ...many,
        description: `Ends every session that the filter matches, save the caller's own. Where ${shareInWords} are not enough, call it again until it is complete. dryRun only counts. A filter that names nothing, or a null in it: INVALID_INPUT.`,
      }),
      deleteSession: t.field({
        ...one,
        description: 'The same as revokeAnySession.',
        deprecationReason: 'Use revokeAnySession.',
      }),
      deleteSessions: t.field({
        ...many,
        description: 'The same as revokeSessions.',
        deprecationReason: 'Use revokeSessions.',
      }),

      clearExpiredSessions: t.field({
        type: ClearExpiredSessionsSuccess,
        description: `Removes what has expired. Where ${shareInWords} are not enough, call it again until there is nothing left.`,
        authScopes: { staff: true },
        resolve: async (_root, _args, context) => ({
          deletedCount: await sessions.clearExpired(context),
        }),
      }),
    }
  })
}

interface Many {
  readonly filter: Filter
  readonly dryRun: boolean
}
