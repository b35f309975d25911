import { userColumns } from '../../auth/user.ts'
import { builder } from '../builder.ts'
import type { RosterRow } from '../session-list.ts'
import { dataOf, deviceOf, endReasonOfRow, isActive } from '../session-view.ts'
import { SessionEndReasonType } from './end-reason.ts'
import { UserType } from './user.ts'

/** A row of the roster, as its owner and staff see it. */
export const SessionRecord = builder.objectRef<RosterRow>('SessionRecord').implement({
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
    isActive: t.boolean({ resolve: (row, _args, { app }) => isActive(row, app.settings.now()) }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
    endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
    endReason: t.field({
      type: SessionEndReasonType,
      nullable: true,
      resolve: (row, _args, { app }) => endReasonOfRow(row, app.settings.now()),
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
      resolve: (row, _args, { app }) => dataOf(row, app.settings.store),
    }),
  }),
})

/** Pages of them. */
export const SessionRecordConnection = builder.connectionObject<
  typeof SessionRecord,
  { totalCount: () => Promise<number> }
>(
  {
    type: SessionRecord,
    name: 'SessionRecordConnection',
    fields: (t) => ({ totalCount: t.int({ resolve: ({ totalCount }) => totalCount() }) }),
  },
  { name: 'SessionRecordEdge' },
)
