import { z } from 'zod'
import { setting } from '../setting.ts'
import { flag, list, wholeNumber } from './text.ts'

/** Who may sign in, and what is remembered of it. */
export const ofAccounts = {
  authenticationBackends: setting({
    variable: 'AUTHENTICATION_BACKENDS',
    schema: list.refine((names) => names.length > 0, 'At least one.'),
    default: 'password',
    says: "Who checks credentials, in order: password, email (an address is then one account's), a package, or the path of your own module (docs/custom-backend.md).",
  }),
  registration: setting({
    variable: 'REGISTRATION',
    schema: z.enum(['open', 'closed'], 'open or closed.'),
    default: 'open',
    says: 'closed: only `coatcheck create-superuser` makes accounts.',
  }),
  passwordMinLength: setting({
    variable: 'PASSWORD_MIN_LENGTH',
    schema: wholeNumber(8, 128),
    default: '8',
    says: 'The fewest characters of a new password.',
  }),
  auditRetention: setting({
    variable: 'AUDIT_RETENTION',
    schema: wholeNumber(0, 3_153_600_000),
    default: '7776000',
    says: 'How long audit events are kept: ninety days. 0 for ever.',
  }),
  admin: {
    pages: setting({
      variable: 'ADMIN',
      schema: flag,
      default: 'true',
      says: "The pages of staff at /admin. `false`: there are none, nor in a host's `coat.admin`. Who is staff may still ask by GraphQL.",
    }),
    username: setting({
      variable: 'ADMIN_USERNAME',
      schema: z.string(),
      default: 'admin',
      says: 'The first staff user, made by `serve` where there is none. No visitor may register the name.',
    }),
    email: setting({
      variable: 'ADMIN_EMAIL',
      schema: z.string().regex(/^[^\s@]+@[^\s@]+$/, 'An e-mail address.'),
      says: 'Their e-mail address. Needed where `AUTHENTICATION_BACKENDS` is email alone.',
    }),
    password: setting({
      variable: 'ADMIN_PASSWORD',
      schema: z.string().min(8, 'At least 8 characters.'),
      isSecret: true,
      says: 'Their password, at least 8 characters. Left out in development, it is random and printed once. In production no staff user is made without it.',
    }),
  },
}
