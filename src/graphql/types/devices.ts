import { NotFound } from '../../refusals.ts'
import { parseId } from '../../session/key.ts'
import { builder } from '../builder.ts'
import { RevokeSessionResult, RevokeSessionsSuccess } from './revocation.ts'
import { pageOfSessions, SessionRecordConnection, SessionRecordType } from './session-record.ts'
import { UserType } from './user.ts'

builder.objectField(UserType, 'sessions', (t) =>
  t.connection(
    {
      type: SessionRecordType,
      description: 'Where this user is signed in. Themselves and staff only.',
      authScopes: ({ id }) => ({ ownerOrStaff: id }),
      resolve: ({ id }, args, context) => pageOfSessions(context, { userId: id }, args),
    },
    SessionRecordConnection,
  ),
)

builder.mutationFields((t) => ({
  revokeSession: t.field({
    type: RevokeSessionResult,
    description: "One of the caller's own sessions, by its public id.",
    authScopes: { signedIn: true },
    args: { id: t.arg.id({ required: true }) },
    async resolve(_root, args, context) {
      const id = parseId(args.id)
      if (id === null) throw new NotFound('session')
      await context.app.sessions.revokeOwn(context, id)
      return { id }
    },
  }),

  revokeOtherSessions: t.field({
    type: RevokeSessionsSuccess,
    description: "All of the caller's sessions but the one that asks.",
    authScopes: { signedIn: true },
    resolve: (_root, _args, context) => context.app.sessions.revokeOthers(context),
  }),
}))
