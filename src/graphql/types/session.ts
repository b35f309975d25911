import { currentUser } from '../../auth/logins/caller.ts'
import { deviceOf } from '../../http/device.ts'
import { whyEnded } from '../../auth/roster/why-ended.ts'
import type { KnowsEnds } from '../../auth/roster/why-ended.ts'
import { askedExpiry } from '../../session/record/expiry.ts'
import type { CoreBuilder } from '../builder.ts'
import { InvalidInput, SessionInterrupted, SessionTooLarge } from '../../refusals.ts'

/** What the fields of a visitor's session need. */
export interface SessionParts {
  readonly ends: Pick<KnowsEnds, 'endReason'>
  /** The longest idle time that a visitor may ask for, in seconds. */
  readonly longestExpiry: number
}

/** The visitor's own session: Django's request.session. */
export function addSession(builder: CoreBuilder, { ends, longestExpiry }: SessionParts): void {
  builder.objectType('Session', {
    description: "The visitor's own session: Django's request.session.",
    fields: (t) => ({
      id: t.id({
        nullable: true,
        description:
          "Its public name. Never the cookie's secret, and useless as one. Null until something is stored.",
        resolve: (session) => session.id(),
      }),
      isAuthenticated: t.boolean({
        description: 'Is a user signed in?',
        resolve: async (session) => (await session.auth()) !== null,
      }),
      user: t.field({
        type: 'User',
        nullable: true,
        description: 'Who is signed in. Null for a guest.',
        resolve: (_session, _args, context) => currentUser(context),
      }),
      isEmpty: t.boolean({
        description: 'Is nothing stored in it?',
        resolve: (session) => session.isEmpty(),
      }),
      device: t.string({
        nullable: true,
        description:
          'The device that sends this request, for people, read from its user agent: Firefox on Linux. Null until something is stored.',
        resolve: async (session, _args, { client }) =>
          (await session.id()) && deviceOf(client.userAgent),
      }),
      ipAddress: t.string({
        nullable: true,
        description:
          'The address that this request comes from. `me { sessions }` keeps the one of the last login. Null until something is stored.',
        resolve: async (session, _args, { client }) => (await session.id()) && client.ipAddress,
      }),
      createdAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it began. Null until something is stored.',
        resolve: async (session) => instant((await session.record())?.createdAt),
      }),
      lastSeenAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'The last activity that was written down: behind the truth by a tenth of the idle age at most. Null until something is stored.',
        resolve: async (session) => instant((await session.record())?.lastSeenAt),
      }),
      expiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'When it ends if nothing more happens. Activity postpones it. Null until something is stored.',
        resolve: async (session) => instant((await session.record())?.expiresAt),
      }),
      absoluteExpiresAt: t.field({
        type: 'DateTime',
        nullable: true,
        description:
          'When it ends whatever happens. Only a login postpones it. Null where the server sets no such end, and until something is stored.',
        resolve: async (session) => instant((await session.record())?.absoluteExpiresAt),
      }),
      secondsLeft: t.int({
        nullable: true,
        description:
          "Whole seconds until expiresAt, by the server's clock: what a page counts down before it warns. Null until something is stored.",
        resolve: (session) => session.expiryAge(),
      }),
      serverTime: t.field({
        type: 'DateTime',
        description: "The server's clock now, by which every end is judged.",
        resolve: (_session, _args, { now }) => new Date(now()),
      }),
      expiresAtBrowserClose: t.boolean({
        description: 'Does the browser forget it when it closes?',
        resolve: (session) => session.expiresAtBrowserClose(),
      }),
      endReason: t.field({
        type: 'SessionEndReason',
        nullable: true,
        description:
          "Why the session that this visitor's cookie names is over. Only its holder is told.",
        resolve: (session) => whyEnded(session, ends),
      }),
    }),
  })

  const SessionSuccess = builder.objectRef<object>('SessionSuccess').implement({
    description: 'The change is stored.',
    fields: (t) => ({
      session: t.field({
        type: 'Session',
        description: 'As it was stored.',
        resolve: (_root, _args, { session }) => session,
      }),
    }),
  })

  builder.errorUnion('SessionResult', {
    description: 'What comes of a change to the session.',
    types: [SessionSuccess, InvalidInput, SessionInterrupted, SessionTooLarge],
    resolveType: () => 'SessionSuccess',
  })

  builder.queryField('session', (t) =>
    t.field({
      type: 'Session',
      description: "The visitor's session. Reading it never creates one.",
      resolve: (_root, _args, { session }) => session,
    }),
  )

  builder.mutationFields((t) => ({
    clearSession: t.field({
      type: 'SessionResult',
      description: 'Forgets every stored value, preferences and cart. The visitor stays signed in.',
      resolve(_root, _args, { session }) {
        session.clear()
        return {}
      },
    }),

    setSessionExpiry: t.field({
      type: 'SessionResult',
      description:
        "How long the session lasts. Seconds of inactivity; 0: until the browser closes (the server's idle clock still runs); null: the server's setting. Negative, or longer than the absolute age: INVALID_INPUT. A staff session never lasts longer than SESSION_STAFF_AGE without activity, whatever is set.",
      args: { seconds: t.arg.int({ description: 'Seconds, 0, or null.' }) },
      resolve(_root, { seconds }, { session }) {
        session.setExpiry(askedExpiry(seconds ?? null, longestExpiry))
        return {}
      },
    }),
  }))
}

function instant(at: number | null | undefined): Date | null {
  return at == null ? null : new Date(at)
}
