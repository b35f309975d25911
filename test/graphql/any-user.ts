import { builder } from '../../src/graphql/builder.ts'
import { UserType } from '../../src/graphql/types/user.ts'

// A field that shows any user to any caller, as an application's own may. Import it before the harness.
builder.queryField('anyUser', (t) =>
  t.field({
    type: UserType,
    nullable: true,
    args: { username: t.arg.string({ required: true }) },
    resolve: (_root, { username }, { app }) => app.users.find({ username }),
  }),
)
