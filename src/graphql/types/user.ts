import { currentUser } from '../../auth/logins/caller.ts'
import type { CoreBuilder } from '../builder.ts'

/** A user, and `me`. */
export function addUser(builder: CoreBuilder): void {
  builder.objectType('User', {
    description: 'A person with an account.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Never changes.' }),
      username: t.exposeString('username', {
        description: 'What they sign in with. Never changes.',
      }),
      email: t.exposeString('email', {
        nullable: true,
        description: 'As they gave it. Null where they gave none.',
      }),
      isActive: t.exposeBoolean('isActive', { description: 'May they sign in?' }),
      isStaff: t.exposeBoolean('isStaff', {
        description: 'May they see and end the sessions of others?',
      }),
      dateJoined: t.expose('dateJoined', {
        type: 'DateTime',
        description: 'When the account was made.',
      }),
      lastLogin: t.expose('lastLogin', {
        type: 'DateTime',
        nullable: true,
        description: 'When they last signed in. Null until they do.',
      }),
    }),
  })

  builder.queryField('me', (t) =>
    t.field({
      type: 'User',
      nullable: true,
      description: 'The signed-in user; null for an anonymous visitor.',
      resolve: (_root, _args, context) => currentUser(context),
    }),
  )
}
