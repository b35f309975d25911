import { authenticate, InvalidCredentials, login, logout } from '../../auth/auth.ts'
import { createUser, InvalidInput, UsernameTaken } from '../../auth/user.ts'
import type { User } from '../../auth/user.ts'
import { SessionTooLarge } from '../../session/refusal.ts'
import { builder } from '../builder.ts'
import { RegistrationClosed, TooManyAttempts } from '../errors.ts'
import { SessionType } from './session.ts'
import { UserType } from './user.ts'

const LoginInput = builder.inputType('LoginInput', {
  fields: (t) => ({
    username: t.string({ required: true }),
    password: t.string({ required: true }),
    rememberMe: t.boolean({
      description:
        "true: kept when the browser closes, for SESSION_REMEMBER_AGE; false: until it closes; left out: the server's setting.",
    }),
  }),
})

const RegisterInput = builder.inputType('RegisterInput', {
  fields: (t) => ({
    username: t.string({ required: true }),
    password: t.string({ required: true }),
    email: t.string(),
  }),
})

const LoginSuccess = builder.objectRef<{ user: User }>('LoginSuccess').implement({
  fields: (t) => ({
    user: t.expose('user', { type: UserType }),
    session: t.field({ type: SessionType, resolve: (_root, _args, { session }) => session }),
  }),
})

const RegisterSuccess = builder.objectRef<{ user: User }>('RegisterSuccess').implement({
  fields: (t) => ({
    user: t.expose('user', { type: UserType }),
    session: t.field({ type: SessionType, resolve: (_root, _args, { session }) => session }),
  }),
})

const LogoutSuccess = builder.objectRef<object>('LogoutSuccess').implement({
  fields: (t) => ({
    session: t.field({
      type: SessionType,
      description: "The visitor's new, empty session.",
      resolve: (_root, _args, { session }) => session,
    }),
  }),
})

const LoginResult = builder.errorUnion('LoginResult', {
  description: 'Empty or oversized input is INVALID_CREDENTIALS like any other that opens nothing.',
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
    async resolve(_root, { input }, { session, app }) {
      const identity = await authenticate(app.backends, input)
      const { rememberMe } = input
      const expiry = rememberMe == null ? null : rememberMe ? app.rememberAge : 'browser'
      await login(session, identity, expiry)
      return { user: identity.user }
    },
  }),

  logout: t.field({
    type: LogoutSuccess,
    description: 'Ends this session, and only this one. Harmless for an anonymous visitor.',
    resolve(_root, _args, { session }) {
      logout(session)
      return {}
    },
  }),

  register: t.field({
    type: RegisterResult,
    description: 'Creates a user and signs them in.',
    args: { input: t.arg({ type: RegisterInput, required: true }) },
    async resolve(_root, { input }, { session, app }) {
      if (app.registration === 'closed') throw new RegistrationClosed()
      const { username, password, email } = input
      await createUser(app.db, app.passwords, { username, password, email: email ?? null })
      const identity = await authenticate(app.backends, { username, password })
      await login(session, identity, null)
      return { user: identity.user }
    },
  }),
}))
