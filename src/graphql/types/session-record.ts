import type { DefaultConnectionArguments } from '@pothos/plugin-relay'
import { deviceOf } from '../../auth/sessions/device.ts'
import type { SessionFilter } from '../../auth/sessions/session-filter.ts'
import type { ListedSession } from '../../auth/sessions/session-list.ts'
import { isAlive, reasonOf } from '../../auth/sessions/why-ended.ts'
import type { CoreBuilder } from '../builder.ts'
import type { Context } from '../context.ts'
import { readPage } from '../keyset.ts'

/** A row of the roster, as its owner and staff see it. Gives back the pages of them. */
export function addSessionRecord(builder: CoreBuilder) {
  builder.objectType('SessionRecord', {
    description: 'A session as it is stored. Shows a device to its owner and a session to staff.',
    fields: (t) => ({
      id: t.exposeID('id'),
      user: t.expose('user', { type: 'User', nullable: true }),
      isCurrent: t.boolean({
        description: 'Is it the session that asks?',
        resolve: async ({ id }, _args, { session }) => id === (await session.id()),
      }),
      isActive: t.boolean({ resolve: (row, _args, { app }) => isAlive(row, app.now()) }),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime' }),
      expiresAt: t.expose('expiresAt', { type: 'DateTime' }),
      endedAt: t.expose('endedAt', { type: 'DateTime', nullable: true }),
      endReason: t.field({
        type: 'SessionEndReason',
        nullable: true,
        resolve: (row, _args, { app }) => reasonOf(row, app.now()),
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
        resolve: (row, _args, { app }) => app.sessions.dataOf(row),
      }),
    }),
  })

  return builder.connectionObject<'SessionRecord', { totalCount: () => Promise<number> }>(
    {
      type: 'SessionRecord',
      name: 'SessionRecordConnection',
      fields: (t) => ({ totalCount: t.int({ resolve: ({ totalCount }) => totalCount() }) }),
    },
    { name: 'SessionRecordEdge' },
  )
}

/** A page of the sessions that the filter names, newest first. */
export async function pageOfSessions(
  { app, budget, session }: Context,
  filter: SessionFilter,
  args: DefaultConnectionArguments,
) {
  await session.record() // the caller's own may be among them, and says then what the cookie says
  return readPage<ListedSession>(args, budget, {
    name: 'sessions',
    instantOf: ({ createdAt }) => createdAt,
    find: (range) => app.sessions.list(filter, range),
    count: () => app.sessions.count(filter),
  })
}

/** Pages of session records, which several fields have. */
export type SessionRecordConnection = ReturnType<typeof addSessionRecord>
