import type { Judgements } from './rule.ts'

const day = 86_400

/** What is thought of who may sign in, and what is remembered of it. */
export const judgedAccounts: Judgements = {
  AUTHENTICATION_BACKENDS: { safe: 'Each is opened, and named where it cannot be.' },
  REGISTRATION: {
    safe: 'It is a choice, and the throttle bounds how many accounts one network makes.',
  },
  PASSWORD_MIN_LENGTH: {
    safe: 'Fewer than eight cannot be set, and common passwords are refused.',
  },
  AUDIT_RETENTION: [
    {
      level: 'WARNING',
      when: ({ auditRetention }) => auditRetention === 0,
      says: 'Addresses and browsers of visitors are kept for ever: the table only grows, and few laws allow that.',
      cure: 'Leave AUDIT_RETENTION out: it is ninety days.',
    },
    {
      level: 'WARNING',
      when: ({ auditRetention }) => auditRetention > 0 && auditRetention < 7 * day,
      says: 'What happened is forgotten before most break-ins are noticed.',
      cure: 'Leave AUDIT_RETENTION out: it is ninety days.',
    },
  ],
  ADMIN: {
    safe: 'The pages ask for a sign-in, are for staff alone, and slow guesses as any login is.',
  },
  ADMIN_USERNAME: {
    safe: 'No visitor may register the name, and a guess at it is slowed as any other.',
  },
  ADMIN_EMAIL: { safe: 'It is kept with the first staff user, and shown to staff alone.' },
  ADMIN_PASSWORD: {
    safe: 'It is judged with the users that there are, and by the rules of passwords.',
  },
}
