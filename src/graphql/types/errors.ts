import type { CoreBuilder } from '../builder.ts'
import {
  InvalidCredentials,
  InvalidInput,
  NotFound,
  RegistrationClosed,
  SessionInterrupted,
  SessionTooLarge,
  TooManyAttempts,
  UsernameTaken,
} from '../../refusals.ts'
import type { InvalidField } from '../../refusals.ts'

/** The interface of every refusal, and our own refusals. */
export function addErrors(builder: CoreBuilder): void {
  builder.interfaceType('Error', {
    description: 'An expected failure.',
    fields: (t) => ({
      code: t.field({
        type: 'ErrorCode',
        description: 'Stable, for programs.',
        resolve: ({ code }) => code,
      }),
      message: t.exposeString('message', { description: 'A sentence, for people.' }),
    }),
  })

  const InvalidFieldCode = builder.enumType('InvalidFieldCode', {
    description: 'Which kind of rule a value breaks. A later release may add some.',
    values: {
      TOO_SHORT: { description: 'Fewer characters than `min`.' },
      TOO_LONG: { description: 'More than `max`: characters, or bytes of a password.' },
      TOO_SMALL: { description: 'A number below `min`.' },
      TOO_LARGE: { description: 'A number above `max`.' },
      TOO_MANY: { description: 'More entries than `max`.' },
      TOO_DEEP: { description: 'Nested deeper than `max`.' },
      REQUIRED: { description: 'Something must be given.' },
      INVALID_FORMAT: { description: 'Not of the form that it must have.' },
      NOT_ALLOWED: { description: 'Of the right form, and refused all the same.' },
      TOO_COMMON: { description: 'One of the most common passwords.' },
      SAME_AS_USERNAME: { description: 'A password that is the username.' },
      TAKEN: { description: 'Another account has it.' },
    } as const,
  })

  const InvalidFieldType = builder.objectRef<InvalidField>('InvalidField').implement({
    description: 'A rule that a value of the input breaks.',
    fields: (t) => ({
      path: t.exposeStringList('path', { description: 'Where in the input.' }),
      message: t.exposeString('message', { description: 'A sentence, for people.' }),
      code: t.field({
        type: InvalidFieldCode,
        nullable: true,
        description:
          'Which kind of rule, for programs. Null for a rule of the application that has none.',
        resolve: ({ code }) => code ?? null,
      }),
      min: t.int({
        nullable: true,
        description: 'The least that the rule allows, where it has a least.',
        resolve: ({ min }) => min ?? null,
      }),
      max: t.int({
        nullable: true,
        description: 'The most that the rule allows, where it has a most.',
        resolve: ({ max }) => max ?? null,
      }),
    }),
  })

  builder.refusalType(InvalidCredentials, {
    name: 'InvalidCredentialsError',
    code: 'INVALID_CREDENTIALS',
    codeDescription: 'Unknown user, wrong password and inactive user alike.',
  })
  builder.refusalType(TooManyAttempts, {
    name: 'TooManyAttemptsError',
    code: 'TOO_MANY_ATTEMPTS',
    codeDescription: 'Login throttled; says nothing about the user.',
    fields: (t) => ({ retryAfter: t.exposeInt('retryAfter', { description: 'Seconds to wait.' }) }),
  })
  builder.refusalType(InvalidInput, {
    name: 'InvalidInputError',
    code: 'INVALID_INPUT',
    codeDescription: 'A value breaks a rule; `fields` says which.',
    fields: (t) => ({
      fields: t.field({
        type: [InvalidFieldType],
        description: 'Every rule that is broken, each with its place.',
        resolve: (error) => [...error.fields],
      }),
    }),
  })
  builder.refusalType(UsernameTaken, {
    name: 'UsernameTakenError',
    code: 'USERNAME_TAKEN',
    codeDescription: 'Taken, in this spelling or one that reads the same.',
  })
  builder.refusalType(NotFound, {
    name: 'NotFoundError',
    code: 'NOT_FOUND',
    codeDescription: 'There is no such thing, or none that the caller may touch.',
  })
  builder.refusalType(SessionInterrupted, {
    name: 'SessionInterruptedError',
    code: 'SESSION_INTERRUPTED',
    codeDescription: 'The session ended while this request was writing to it.',
  })
  builder.refusalType(SessionTooLarge, {
    name: 'SessionTooLargeError',
    code: 'SESSION_TOO_LARGE',
    codeDescription: 'The value, or the whole session, would pass its cap.',
    fields: (t) => ({ limit: t.exposeInt('limit', { description: 'Bytes.' }) }),
  })
  builder.refusalType(RegistrationClosed, {
    name: 'RegistrationClosedError',
    code: 'REGISTRATION_CLOSED',
    codeDescription: 'This server takes no registrations.',
  })
}
