import type { Accounts, Activation } from '../../auth/accounts/accounts.ts'
import { actedBy } from '../../auth/logins/caller.ts'
import type { UserList } from '../../auth/users/user-list.ts'
import type { User } from '../../auth/users/user.ts'
import type { Users } from '../../auth/users/users.ts'
import { InvalidInput, NotFound } from '../../refusals.ts'
import type { CoreBuilder } from '../builder.ts'
import { readPage } from '../keyset.ts'
import { totalCountWords } from '../page-words.ts'

/** The use cases of staff about users. */
export interface UsersParts {
  readonly users: Pick<Users, 'find'> &
    Pick<UserList, 'look' | 'count'> &
    Pick<Accounts, 'setActive'>
}

/** Users, for staff. */
export function addUsers(builder: CoreBuilder, { users }: UsersParts): void {
  builder.queryFields((t) => ({
    users: t.connection(
      {
        type: 'User',
        authScopes: { staff: true },
        description:
          'Users, newest first (dateJoined, then id). `search` looks in usernames and e-mail addresses, whatever their case; % and _ are characters. A page of a search looks at 5,000 users: it may have fewer than it was asked for, or none, and `hasNextPage` with an `endCursor` that leads on.',
        args: { search: t.arg.string({ description: 'Text to look for. Left out: all users.' }) },
        resolve: (_root, { search = null, ...args }, { budget }) =>
          readPage<User>(args, budget, {
            name: 'users',
            instantOf: ({ dateJoined }) => dateJoined,
            find: (range) => users.look(search, range),
            count: () => users.count(search),
          }),
      },
      {
        name: 'UserConnection',
        fields: (connection) => ({
          totalCount: connection.int({
            description: totalCountWords,
            resolve: ({ totalCount }) => totalCount(),
          }),
        }),
      },
      { name: 'UserEdge' },
    ),

    user: t.field({
      type: 'User',
      nullable: true,
      description: 'One user, by id. Null where there is none.',
      authScopes: { staff: true },
      args: { id: t.arg.id({ required: true, description: 'Their id.' }) },
      resolve: (_root, { id }) => users.find({ id }),
    }),
  }))

  const SetUserActiveSuccess = builder.objectRef<Activation>('SetUserActiveSuccess').implement({
    description: 'The user may sign in from now on, or may not.',
    fields: (t) => ({
      user: t.expose('user', { type: 'User', description: 'As they are now.' }),
      revokedCount: t.exposeInt('revokedCount', { description: 'How many sessions ended.' }),
    }),
  })

  const SetUserActiveResult = builder.errorUnion('SetUserActiveResult', {
    description: 'INVALID_INPUT: staff do not deactivate themselves.',
    types: [SetUserActiveSuccess, NotFound, InvalidInput],
    resolveType: () => 'SetUserActiveSuccess',
  })

  builder.mutationField('setUserActive', (t) =>
    t.field({
      type: SetUserActiveResult,
      description: "Says whether a user may sign in. Deactivating ends the user's sessions.",
      authScopes: { staff: true },
      args: {
        id: t.arg.id({ required: true, description: "The user's." }),
        active: t.arg.boolean({ required: true, description: 'May they sign in?' }),
      },
      resolve: async (_root, { id, active }, context) =>
        users.setActive({ id }, active, await actedBy(context)),
    }),
  )
}
