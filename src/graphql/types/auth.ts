import type { User } from '../../auth/users/user.ts'
import {
  InvalidCredentials,
  InvalidInput,
  RegistrationClosed,
  SessionTooLarge,
  TooManyAttempts,
  UsernameTaken,
} from '../../refusals.ts'
import type { CoreBuilder } from '../builder.ts'

const rememberMeDescription =
  "true: kept when the browser closes, for SESSION_REMEMBER_AGE; false: until it closes; left out: the server's setting."

/** Login, logout and registration. */
export function addAuth(builder: CoreBuilder): void {
  const LoginInput = builder.inputType('LoginInput', {
    fields: (t) => ({
      username: t.string({ required: true }),
      password: t.string({ required: true }),
      rememberMe: t.boolean({ description: rememberMeDescription }),
    }),
  })

  const RegisterInput = builder.inputType('RegisterInput', {
    fields: (t) => ({
      username: t.string({ required: true }),
      password: t.string({ required: true }),
      email: t.string(),
      rememberMe: t.boolean({ description: rememberMeDescription }),
    }),
  })

  const LoginSuccess = builder.objectRef<{ user: User }>('LoginSuccess').implement({
    fields: (t) => ({
      user: t.expose('user', { type: 'User' }),
      session: t.field({ type: 'Session', resolve: (_root, _args, { session }) => session }),
    }),
  })

  const RegisterSuccess = builder.objectRef<{ user: User }>('RegisterSuccess').implement({
    fields: (t) => ({
      user: t.expose('user', { type: 'User' }),
      session: t.field({ type: 'Session', resolve: (_root, _args, { session }) => session }),
    }),
  })

  const LogoutSuccess = builder.objectRef<object>('LogoutSuccess').implement({
    fields: (t) => ({
      session: t.field({
        type: 'Session',
        description: "The visitor's new, empty session.",
        resolve: (_root, _args, { session }) => session,
      }),
    }),
  })

  const LoginResult = builder.errorUnion('LoginResult', {
    description:
      'Empty or oversized input is INVALID_CREDENTIALS like any other that opens nothing.',
    types: [LoginSuccess, InvalidCredentials, TooManyAttempts, SessionTooLarge],
    resolveType: () => 'LoginSuccess',
  })

  const RegisterResult = builder.errorUnion('RegisterResult', {
    types: [
      RegisterSuccess,
      InvalidInput,
      UsernameTaken,
      RegistrationClosed,
      TooManyAttempts,
      SessionTooLarge,
    ],
    resolveType: () => 'RegisterSuccess',
  })

  builder.mutationFields((t) => ({
    login: t.field({
      type: LoginResult,
      description:
        'Checks the credentials with each authentication backend in turn, and binds the user to the session under a new key.',
      args: { input: t.arg({ type: LoginInput, required: true }) },
      resolve: async (_root, { input }, context) => ({
        user: await context.app.logins.login(context, input),
      }),
    }),

    logout: t.field({
      type: LogoutSuccess,
      description: 'Ends this session, and only this one. Harmless for an anonymous visitor.',
      async resolve(_root, _args, context) {
        await context.app.logins.logout(context)
        return {}
      },
    }),

    register: t.field({
      type: RegisterResult,
      description: 'Creates a user and signs them in.',
      args: { input: t.arg({ type: RegisterInput, required: true }) },
      resolve: async (_root, { input }, context) => ({
        user: await context.app.register(context, input),
      }),
    }),
  }))
}
