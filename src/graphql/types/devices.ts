import { NotFound } from '../../refusals.ts'
import { parseId } from '../../session/key.ts'
import type { CoreBuilder } from '../builder.ts'
import { pageOfSessions } from './session-record.ts'
import type { SessionRecordConnection } from './session-record.ts'

/** Where a user is signed in, and how they sign out there. */
export function addDevices(builder: CoreBuilder, connection: SessionRecordConnection): void {
  builder.objectField('User', 'sessions', (t) =>
    t.connection(
      {
        type: 'SessionRecord',
        description: 'Where this user is signed in. Themselves and staff only.',
        authScopes: ({ id }) => ({ ownerOrStaff: id }),
        resolve: ({ id }, args, context) => pageOfSessions(context, { userId: id }, args),
      },
      connection,
    ),
  )

  builder.mutationFields((t) => ({
    revokeSession: t.field({
      type: 'RevokeSessionResult',
      description: "Ends one of the caller's own sessions. NOT_FOUND for any other.",
      authScopes: { signedIn: true },
      args: { id: t.arg.id({ required: true, description: 'Its public id.' }) },
      async resolve(_root, args, context) {
        const id = parseId(args.id)
        if (id === null) throw new NotFound('session')
        await context.app.sessions.revokeOwn(context, id)
        return { id }
      },
    }),

    revokeOtherSessions: t.field({
      type: 'RevokeSessionsSuccess',
      description: "Ends all of the caller's sessions but the one that asks.",
      authScopes: { signedIn: true },
      resolve: (_root, _args, context) => context.app.sessions.revokeOthers(context),
    }),
  }))
}
