import { setUserActive } from '../../auth/ending.ts'
import type { User } from '../../auth/user.ts'
import { builder } from '../builder.ts'
import { currentUser } from '../context.ts'
import { findUser, pageOfUsers } from '../user-list.ts'
import { UserType } from './user.ts'
import { invalid, InvalidInput, NotFound } from '../../refusals.ts'

builder.queryFields((t) => ({
  users: t.connection(
    {
      type: UserType,
      authScopes: { staff: true },
      description:
        'Newest first (dateJoined, then id). `search` looks in usernames and e-mail addresses, whatever their case; % and _ are characters.',
      args: { search: t.arg.string() },
      resolve: (_root, { search, ...args }, context) => pageOfUsers(context, search, args),
    },
    {
      name: 'UserConnection',
      fields: (connection) => ({
        totalCount: connection.int({ resolve: ({ totalCount }) => totalCount() }),
      }),
    },
    { name: 'UserEdge' },
  ),

  user: t.field({
    type: UserType,
    nullable: true,
    authScopes: { staff: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { app }) => findUser(app.db, id),
  }),
}))

const SetUserActiveSuccess = builder
  .objectRef<{ user: User; revokedCount: number }>('SetUserActiveSuccess')
  .implement({
    fields: (t) => ({
      user: t.expose('user', { type: UserType }),
      revokedCount: t.exposeInt('revokedCount', { description: 'How many sessions ended.' }),
    }),
  })

const SetUserActiveResult = builder.errorUnion('SetUserActiveResult', {
  types: [SetUserActiveSuccess, NotFound, InvalidInput],
  resolveType: () => 'SetUserActiveSuccess',
})

builder.mutationField('setUserActive', (t) =>
  t.field({
    type: SetUserActiveResult,
    description: "Deactivating ends the user's sessions.",
    authScopes: { staff: true },
    args: { id: t.arg.id({ required: true }), active: t.arg.boolean({ required: true }) },
    async resolve(_root, { id, active }, context) {
      const { app, session, client } = context
      const actorId = (await currentUser(context))?.id ?? null
      // Whoever locks themselves out may be the last who could let anybody in.
      if (id === actorId) throw invalid('id', { message: 'Not yourself.', code: 'NOT_ALLOWED' })
      const known = await findUser(app.db, id)
      const outcome = known && (await setUserActive(app, known.id, active, app.operationTime / 2))
      if (outcome === null) throw new NotFound('user')
      await app.notify({
        type: active ? 'USER_ACTIVATED' : 'USER_DEACTIVATED',
        actorId,
        subjectId: id,
        sessionId: await session.id(),
        client,
      })
      return { user: outcome.user, revokedCount: outcome.endedCount }
    },
  }),
)
