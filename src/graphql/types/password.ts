import { changePassword } from '../../auth/change-password.ts'
import { endOutdated } from '../../auth/ending.ts'
import type { User } from '../../auth/user.ts'
import { builder } from '../builder.ts'
import { currentUser } from '../context.ts'
import { UserType } from './user.ts'
import {
  InvalidCredentials,
  InvalidInput,
  SessionInterrupted,
  TooManyAttempts,
} from '../../refusals.ts'

const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
  fields: (t) => ({
    currentPassword: t.string({ required: true }),
    newPassword: t.string({ required: true }),
  }),
})

const ChangePasswordSuccess = builder
  .objectRef<{ user: User; revokedCount: number }>('ChangePasswordSuccess')
  .implement({
    fields: (t) => ({
      user: t.expose('user', { type: UserType }),
      revokedCount: t.exposeInt('revokedCount', { description: 'How many other sessions ended.' }),
    }),
  })

const ChangePasswordResult = builder.errorUnion('ChangePasswordResult', {
  types: [ChangePasswordSuccess, InvalidCredentials, InvalidInput, TooManyAttempts],
  resolveType: () => 'ChangePasswordSuccess',
})

builder.mutationField('changePassword', (t) =>
  t.field({
    type: ChangePasswordResult,
    description: 'Ends every other session of the user.',
    authScopes: { signedIn: true },
    args: { input: t.arg({ type: ChangePasswordInput, required: true }) },
    async resolve(_root, { input }, context) {
      const { session, app, client } = context
      const user = await currentUser(context)
      const auth = await session.auth()
      const keep = await session.id()
      // They were signed in a moment ago.
      if (user === null || auth === null || keep === null) throw new SessionInterrupted()
      // Whoever finds a browser that is signed in must not be able to try passwords faster than at the login.
      const attempt = { account: user.username, address: client.ipAddress }
      const epoch = await app.throttle.guard(attempt, () =>
        changePassword(app.db, app.passwords, { ...input, user, keep, now: app.settings.now() }),
      )
      // First the others, then the new key: until it is on its way to them, the caller's tabs go on under the old one.
      const changed = { id: user.id, epoch }
      const patience = app.operationTime / 2
      const revokedCount = await endOutdated(app, changed, 'PASSWORD_CHANGED', patience)
      session.rebind({ ...auth, epoch })
      await session.commit()
      const sessionId = await session.id()
      const who = { actorId: user.id, subjectId: user.id, sessionId, client }
      await app.notify({ type: 'PASSWORD_CHANGED', ...who })
      return { user, revokedCount }
    },
  }),
)
