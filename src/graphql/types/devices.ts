import { sameSession } from '../../auth/admission.ts'
import { endSessions } from '../../auth/ending.ts'
import { parseId } from '../../session/key.ts'
import { builder } from '../builder.ts'
import { currentUser } from '../context.ts'
import type { Application } from '../context.ts'
import { revokeMatching, untilHalfTime } from '../session-deletion.ts'
import { matching, pageOfSessions } from '../session-list.ts'
import { RevokeSessionResult, RevokeSessionsSuccess } from './revocation.ts'
import { SessionRecord, SessionRecordConnection } from './session-record.ts'
import { UserType } from './user.ts'
import { NotFound, SessionInterrupted } from '../../refusals.ts'

builder.objectField(UserType, 'sessions', (t) =>
  t.connection(
    {
      type: SessionRecord,
      description: 'Where this user is signed in. Themselves and staff only.',
      authScopes: ({ id }) => ({ ownerOrStaff: id }),
      resolve: ({ id }, args, context) => pageOfSessions(context, activeOf(id, context.app), args),
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
      const { count } = await endSessions(
        app,
        { ...sameSession(id, app.settings.now()), userId },
        'REVOKED',
      )
      if (count === 0) throw new NotFound('session')
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
      if (userId === undefined || own === null) throw new SessionInterrupted()
      const where = { AND: [activeOf(userId, app), { id: { not: own } }] }
      const by = { actorId: userId, sessionId: own, client }
      return revokeMatching(app, { where, subjectId: userId, by, mayGoOn: untilHalfTime(app) })
    },
  }),
}))

function activeOf(userId: string, { settings }: Pick<Application, 'settings'>) {
  return matching({ userId }, settings.now(), String)
}
