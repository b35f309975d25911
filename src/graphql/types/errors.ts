import { InvalidCredentials } from '../../auth/auth.ts'
import { TooManyAttempts } from '../../auth/throttle.ts'
import { InvalidInput, UsernameTaken } from '../../auth/user.ts'
import { Refusal, SessionInterrupted, SessionTooLarge } from '../../session/refusal.ts'
import { builder } from '../builder.ts'
import { NotFound, RegistrationClosed } from '../errors.ts'

const ErrorCode = builder.enumType('ErrorCode', {
  values: {
    INVALID_CREDENTIALS: { description: 'Unknown user, wrong password and inactive user alike.' },
    TOO_MANY_ATTEMPTS: { description: 'Login throttled; says nothing about the user.' },
    INVALID_INPUT: { description: 'A value breaks a rule; `fields` says which.' },
    USERNAME_TAKEN: {},
    NOT_FOUND: {},
    SESSION_INTERRUPTED: { description: 'The session ended while this request was writing to it.' },
    SESSION_TOO_LARGE: { description: 'The value, or the whole session, would pass its cap.' },
    REGISTRATION_CLOSED: {},
  } as const,
})

const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description: 'An expected failure.',
  fields: (t) => ({
    code: t.field({
      type: ErrorCode,
      description: 'Stable, for programs.',
      resolve: (error) => error.code as keyof typeof codes,
    }),
    message: t.exposeString('message', { description: 'A sentence, for people.' }),
  }),
})

const codes = {
  INVALID_CREDENTIALS: true,
  TOO_MANY_ATTEMPTS: true,
  INVALID_INPUT: true,
  USERNAME_TAKEN: true,
  NOT_FOUND: true,
  SESSION_INTERRUPTED: true,
  SESSION_TOO_LARGE: true,
  REGISTRATION_CLOSED: true,
}

const InvalidField = builder
  .objectRef<{ path: string[]; message: string }>('InvalidField')
  .implement({
    fields: (t) => ({ path: t.exposeStringList('path'), message: t.exposeString('message') }),
  })

builder.objectType(InvalidCredentials, {
  name: 'InvalidCredentialsError',
  interfaces: [ErrorInterface],
})
builder.objectType(TooManyAttempts, {
  name: 'TooManyAttemptsError',
  interfaces: [ErrorInterface],
  fields: (t) => ({ retryAfter: t.exposeInt('retryAfter', { description: 'Seconds to wait.' }) }),
})
builder.objectType(InvalidInput, {
  name: 'InvalidInputError',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fields: t.field({ type: [InvalidField], resolve: (error) => [...error.fields] }),
  }),
})
builder.objectType(UsernameTaken, { name: 'UsernameTakenError', interfaces: [ErrorInterface] })
builder.objectType(NotFound, { name: 'NotFoundError', interfaces: [ErrorInterface] })
builder.objectType(SessionInterrupted, {
  name: 'SessionInterruptedError',
  interfaces: [ErrorInterface],
})
builder.objectType(SessionTooLarge, {
  name: 'SessionTooLargeError',
  interfaces: [ErrorInterface],
  fields: (t) => ({ limit: t.exposeInt('limit', { description: 'Bytes.' }) }),
})
builder.objectType(RegistrationClosed, {
  name: 'RegistrationClosedError',
  interfaces: [ErrorInterface],
})
