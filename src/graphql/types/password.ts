import type { ChangePassword, PasswordChanged } from '../../auth/accounts/change-password.ts'
import { InvalidCredentials, InvalidInput, TooManyAttempts } from '../../refusals.ts'
import type { CoreBuilder } from '../builder.ts'

/** A change of password, by `changePassword`. */
export function addPassword(
  builder: CoreBuilder,
  { changePassword }: { readonly changePassword: ChangePassword },
): void {
  const ChangePasswordInput = builder.inputType('ChangePasswordInput', {
    description: 'The password as it is, and as it is to be.',
    fields: (t) => ({
      currentPassword: t.string({ required: true, description: 'The one to sign in with now.' }),
      newPassword: t.string({
        required: true,
        description: 'The one to sign in with from now on.',
      }),
    }),
  })

  const ChangePasswordSuccess = builder
    .objectRef<PasswordChanged>('ChangePasswordSuccess')
    .implement({
      description: 'The password is changed, and this session has a new key.',
      fields: (t) => ({
        user: t.expose('user', { type: 'User', description: 'Whose it was.' }),
        revokedCount: t.exposeInt('revokedCount', {
          description: 'How many other sessions ended.',
        }),
      }),
    })

  const ChangePasswordResult = builder.errorUnion('ChangePasswordResult', {
    description: 'What comes of a change of password.',
    types: [ChangePasswordSuccess, InvalidCredentials, InvalidInput, TooManyAttempts],
    resolveType: () => 'ChangePasswordSuccess',
  })

  builder.mutationField('changePassword', (t) =>
    t.field({
      type: ChangePasswordResult,
      description: 'Changes the password of the caller, and ends every other session of theirs.',
      authScopes: { signedIn: true },
      args: {
        input: t.arg({ type: ChangePasswordInput, required: true, description: 'Old and new.' }),
      },
      resolve: (_root, { input }, context) => changePassword(context, input),
    }),
  )
}
