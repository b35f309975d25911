import type { PasswordChanged } from '../../auth/passwords/change-password.ts'
import { InvalidCredentials, InvalidInput, TooManyAttempts } from '../../refusals.ts'
import type { CoreBuilder } from '../builder.ts'

/** A change of password. */
export function addPassword(builder: CoreBuilder): void {
  const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
    fields: (t) => ({
      currentPassword: t.string({ required: true }),
      newPassword: t.string({ required: true }),
    }),
  })

  const ChangePasswordSuccess = builder
    .objectRef<PasswordChanged>('ChangePasswordSuccess')
    .implement({
      fields: (t) => ({
        user: t.expose('user', { type: 'User' }),
        revokedCount: t.exposeInt('revokedCount', {
          description: 'How many other sessions ended.',
        }),
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
      resolve: (_root, { input }, context) => context.app.changePassword(context, input),
    }),
  )
}
