import { authenticate, login, logout, vouch } from '../../auth/auth.ts'
import type { Identity } from '../../auth/auth.ts'
import { isUsable } from '../../auth/password.ts'
import { registerUser } from '../../auth/register.ts'
import type { User } from '../../auth/user.ts'
import type { Expiry } from '../../session/expiry.ts'
import { builder } from '../builder.ts'
import { currentUser } from '../context.ts'
import type { Application, Context } from '../context.ts'
import { SessionType } from './session.ts'
import { UserType } from './user.ts'
import {
  InvalidCredentials,
  InvalidInput,
  RegistrationClosed,
  SessionTooLarge,
  TooManyAttempts,
  UsernameTaken,
} from '../../refusals.ts'

const rememberMeDescription =
  "true: kept when the browser closes, for SESSION_REMEMBER_AGE; false: until it closes; left out: the server's setting."

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
    async resolve(_root, { input }, context) {
      const { app, client } = context
      const identity = await authenticate(app, input, client.ipAddress).catch((error: unknown) =>
        tellOfRefusal(context, input, error),
      )
      return { user: await signIn(context, identity, expiryOf(app, input)) }
    },
  }),

  logout: t.field({
    type: LogoutSuccess,
    description: 'Ends this session, and only this one. Harmless for an anonymous visitor.',
    async resolve(_root, _args, { session, app, client }) {
      const [auth, sessionId] = [await session.auth(), await session.id()]
      logout(session)
      await session.commit()
      if (auth) {
        const { userId } = auth
        const who = { actorId: userId, subjectId: userId }
        await app.notify({ type: 'LOGOUT', ...who, sessionId, client })
      }
      return {}
    },
  }),

  register: t.field({
    type: RegisterResult,
    description: 'Creates a user and signs them in.',
    args: { input: t.arg({ type: RegisterInput, required: true }) },
    async resolve(_root, { input }, context) {
      const { app, client } = context
      if (app.registration === 'closed') throw new RegistrationClosed()
      const { username, password, email } = input
      const made = await app.throttle.guardRegistration(client.ipAddress, () =>
        registerUser(app, { username, password, email: email ?? null }),
      )
      // Not `authenticate`: who has just made the account need not be known to any backend yet, nor be held up by others
      // who tried its name before.
      const identity = vouch(made, 'password')
      const { id } = made
      const user = await signIn(context, identity, expiryOf(app, input))
      const who = { actorId: id, subjectId: id, sessionId: await context.session.id(), client }
      await app.notify({ type: 'REGISTERED', ...who })
      return { user }
    },
  }),
}))

/** What `rememberMe` asks for. */
function expiryOf(
  { rememberAge }: Application,
  { rememberMe }: { readonly rememberMe?: boolean | null | undefined },
): Expiry {
  if (rememberMe == null) return null
  return rememberMe ? rememberAge : 'browser'
}

/** Binds the identity to the session, stores it before anybody is told, and returns the user as they are from now on. */
async function signIn(context: Context, identity: Identity, expiry: Expiry): Promise<User> {
  const { session, app, client } = context
  const { id } = identity.user
  await login(session, identity, expiry)
  await session.commit()
  const who = { actorId: id, subjectId: id, sessionId: await session.id(), client }
  await app.notify({ type: 'LOGIN', ...who, detail: { backend: identity.backend } })
  return (await currentUser(context)) ?? identity.user
}

/** What was not even checked, such as an empty password, is nothing to tell of. */
async function tellOfRefusal(
  { session, app, client }: Context,
  { username, password }: { username: string; password: string },
  error: unknown,
): Promise<never> {
  const isThrottled = error instanceof TooManyAttempts
  if (!isThrottled && !(error instanceof InvalidCredentials)) throw error
  // Looked at in any case: the answer says so (Vary), and must be the same for all that opens nothing.
  const actorId = (await session.auth())?.userId ?? null
  if (isThrottled || isUsable(password)) {
    const type = isThrottled ? 'LOGIN_THROTTLED' : 'LOGIN_FAILED'
    await app.notify({ type, actorId, sessionId: await session.id(), client, username })
  }
  throw error
}
