import type { User } from '../../src/auth/users/user.ts'
import type { Builder } from '../../src/graphql/builder.ts'

/** A field that shows any user to any caller, as an application's own may. */
export function addAnyUser(find: (username: string) => Promise<User | null>) {
  return (builder: Builder): void => {
    builder.queryField('anyUser', (t) =>
      t.field({
        type: 'User',
        nullable: true,
        args: { username: t.arg.string({ required: true }) },
        resolve: (_root, { username }) => find(username),
      }),
    )
  }
}
