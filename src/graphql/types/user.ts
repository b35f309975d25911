import { currentUser } from '../../auth/logins/caller.ts'
import type { CoreBuilder } from '../builder.ts'

/** A user, and `me`. */
export function addUser(builder: CoreBuilder): void {
  builder.objectType('User', {
    fields: (t) => ({
      id: t.exposeID('id'),
      username: t.exposeString('username'),
      email: t.exposeString('email', { nullable: true }),
      isActive: t.exposeBoolean('isActive'),
      isStaff: t.exposeBoolean('isStaff'),
      dateJoined: t.expose('dateJoined', { type: 'DateTime' }),
      lastLogin: t.expose('lastLogin', { type: 'DateTime', nullable: true }),
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
