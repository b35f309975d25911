import type { Register } from '../../auth/accounts/register.ts'
import type { Logins } from '../../auth/logins/logins.ts'
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

/** How visitors sign in and out, and make accounts. */
export interface AuthParts {
  readonly logins: Pick<Logins, 'login' | 'logout'>
  readonly register: Register
}

/** Login, logout and registration. */
export function addAuth(builder: CoreBuilder, { logins, register }: AuthParts): void {
  const LoginInput = builder.inputType('LoginInput', {
    description: 'Who wants to sign in.',
    fields: (t) => ({
      username: t.string({ required: true, description: 'In any spelling that reads the same.' }),
      password: t.string({ required: true, description: 'As it was chosen.' }),
      rememberMe: t.boolean({ description: rememberMeDescription }),
    }),
  })

  const RegisterInput = builder.inputType('RegisterInput', {
    description: 'The account to make.',
    fields: (t) => ({
      username: t.string({
        required: true,
        description: 'Taken where one that reads the same is: USERNAME_TAKEN.',
      }),
      password: t.string({
        required: true,
        description:
          'INVALID_INPUT says which rule it breaks: too short, too common, like the username.',
      }),
      email: t.string({ description: 'Stored as it is. The server sends no mail to it.' }),
      rememberMe: t.boolean({ description: rememberMeDescription }),
    }),
  })

  const LoginSuccess = builder.objectRef<{ user: User }>('LoginSuccess').implement({
    description: 'The user is signed in.',
    fields: (t) => ({
      user: t.expose('user', { type: 'User', description: 'Who is signed in now.' }),
      session: t.field({
        type: 'Session',
        description: 'Their session, under its new key.',
        resolve: (_root, _args, { session }) => session,
      }),
    }),
  })

  const RegisterSuccess = builder.objectRef<{ user: User }>('RegisterSuccess').implement({
    description: 'The account is made, and its user signed in.',
    fields: (t) => ({
      user: t.expose('user', { type: 'User', description: 'Who is signed in now.' }),
      session: t.field({
        type: 'Session',
        description: 'Their session, under its new key.',
        resolve: (_root, _args, { session }) => session,
      }),
    }),
  })

  const LogoutSuccess = builder.objectRef<object>('LogoutSuccess').implement({
    description: 'The session is over.',
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
    description: 'What comes of a registration.',
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
      args: {
        input: t.arg({ type: LoginInput, required: true, description: 'Who wants to sign in.' }),
      },
      resolve: async (_root, { input }, context) => ({
        user: await logins.login(context, input),
      }),
    }),

    logout: t.field({
      type: LogoutSuccess,
      description: 'Ends this session, and only this one. Harmless for an anonymous visitor.',
      async resolve(_root, _args, context) {
        await logins.logout(context)
        return {}
      },
    }),

    register: t.field({
      type: RegisterResult,
      description: 'Creates a user and signs them in.',
      args: {
        input: t.arg({ type: RegisterInput, required: true, description: 'The account to make.' }),
      },
      resolve: async (_root, { input }, context) => ({
        user: await register(context, input),
      }),
    }),
  }))
}
