import { endSessions } from '../../auth/ending.ts'
import { parseId } from '../../session/key.ts'
import { builder } from '../builder.ts'
import { currentUser } from '../context.ts'
import { NotFound } from '../errors.ts'
import { matching, pageOfSessions } from '../session-list.ts'
import { RevokeSessionResult, RevokeSessionsSuccess } from './revocation.ts'
import { SessionRecord, SessionRecordConnection } from './session-record.ts'
import { UserType } from './user.ts'

builder.objectField(UserType, 'sessions', (t) =>
  t.connection(
    {
      type: SessionRecord,
      description: 'Where this user is signed in. Themselves and staff only.',
      authScopes: ({ id }) => ({ ownerOrStaff: id }),
      resolve: ({ id }, args, context) =>
        pageOfSessions(context, matching({ userId: id }, context.app.settings.now(), String), args),
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
      const { session, app, client } = context
      const id = parseId(args.id)
      const userId = (await currentUser(context))?.id
      if (id === null || userId === undefined) throw new NotFound('session')
      // Whose it is stands in the condition: nobody learns whether somebody else's is alive.
      const ended = await endSessions(app, { id, userId }, 'REVOKED')
      if (ended.length === 0) throw new NotFound('session')
      // The caller's own is over for the rest of this document too.
      if (id === (await session.id())) session.flush()
      await app.notify({
        type: 'SESSION_REVOKED',
        actorId: userId,
        subjectId: userId,
        sessionId: id,
        client,
      })
      return { id }
    },
  }),

  revokeOtherSessions: t.field({
    type: RevokeSessionsSuccess,
    description: "All of the caller's sessions but the one that asks.",
    authScopes: { signedIn: true },
    async resolve(_root, _args, context) {
      const { session, app, client } = context
      const userId = (await currentUser(context))?.id
      const own = await session.id()
      if (userId === undefined || own === null) return { matchedCount: 0, revokedCount: 0 }
      const { length } = await endSessions(app, { userId, id: { not: own } }, 'REVOKED')
      await app.notify({
        type: 'SESSIONS_REVOKED',
        actorId: userId,
        subjectId: userId,
        sessionId: own,
        client,
        detail: { count: length },
      })
      return { matchedCount: length, revokedCount: length }
    },
  }),
}))
