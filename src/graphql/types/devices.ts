import type { Sessions } from '../../auth/use-cases.ts'
import { NotFound } from '../../refusals.ts'
import { parseId } from '../../session/key.ts'
import type { CoreBuilder } from '../builder.ts'
import type { SessionPages } from './session-record.ts'

/** The use cases of users about their own sessions, and the type of a page of them. */
export interface DevicesParts {
  readonly sessions: Pick<Sessions, 'revokeOwn' | 'revokeOthers'>
  readonly pages: SessionPages
}

/** Where a user is signed in, and how they sign out there. */
export function addDevices(builder: CoreBuilder, { sessions, pages }: DevicesParts): void {
  builder.objectField('User', 'sessions', (t) =>
    t.connection(
      {
        type: 'SessionRecord',
        description: 'Where this user is signed in. Themselves and staff only.',
        authScopes: ({ id }) => ({ ownerOrStaff: id }),
        resolve: ({ id }, args, context) => pages.read(context, { userId: id }, args),
      },
      pages.connection,
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
        await sessions.revokeOwn(context, id)
        return { id }
      },
    }),

    revokeOtherSessions: t.field({
      type: 'RevokeSessionsSuccess',
      description: "Ends all of the caller's sessions but the one that asks.",
      authScopes: { signedIn: true },
      resolve: (_root, _args, context) => sessions.revokeOthers(context),
    }),
  }))
}
