import type { AuthEvent, LoginFailure } from '../../auth/audit/auth-event.ts'
import type { AuditedEvent, AuditList } from '../../auth/audit/audit-list.ts'
import type { CoreBuilder } from '../builder.ts'
import { failureFrom } from '../../auth/audit/login-failure.ts'
import { readPage } from '../keyset.ts'
import { totalCountWords } from '../page-words.ts'

/** What happened to accounts and sessions, for staff, from `audit`. */
export function addAudit(
  builder: CoreBuilder,
  { audit }: { readonly audit: Pick<AuditList, 'look' | 'count'> },
): void {
  const AuditEventType = builder.enumType('AuditEventType', {
    description: 'What happened. A later release may add some.',
    values: {
      LOGIN: { description: 'A user signed in.' },
      LOGIN_FAILED: {
        description:
          'A login was refused, and `loginFailure` says why. `detail` has the username, where a user has it.',
      },
      LOGIN_THROTTLED: {
        description:
          'A login came too soon after others, and was not tried. Each process writes one a minute for each network.',
      },
      LOGOUT: { description: 'A user signed out.' },
      REGISTERED: { description: 'A visitor made an account.' },
      USER_CREATED: {
        description:
          'An operator, staff or the application made an account. `detail.importedFrom` is the model of Django that an import took it from.',
      },
      PASSWORD_CHANGED: { description: 'A password was changed.' },
      SESSION_REVOKED: { description: 'One session was ended from outside of it.' },
      SESSIONS_REVOKED: {
        description: 'Many were. `detail` has the filter, their ids and how many they were.',
      },
      USER_ACTIVATED: { description: 'A user may sign in again.' },
      USER_DEACTIVATED: { description: 'A user may no longer sign in.' },
      USER_PROMOTED: { description: 'A user became staff.' },
      USER_DEMOTED: { description: 'A user is no longer staff.' },
      USER_DELETED: {
        description: 'A user was erased. `detail.userId` is all that is left of them.',
      },
    } satisfies Record<AuthEvent['type'], object>,
  })

  const LoginFailureType = builder.enumType('LoginFailure', {
    description:
      'Why a login was refused, for staff alone: its visitor reads one sentence for all. A later release may add some.',
    values: {
      WRONG_CREDENTIALS: {
        description: 'No user has this username and password, as far as the backends know.',
      },
      NOT_STAFF: {
        description:
          'The password was right. The sign-in was for staff alone, and the user is not staff.',
      },
      INACTIVE: { description: 'The password was right. The user may not sign in.' },
      VETOED: { description: 'An authentication backend let no backend decide.' },
    } satisfies Record<LoginFailure, object>,
  })

  const AuditEvent = builder.objectRef<AuditedEvent>('AuditEvent').implement({
    description: 'Who did what to whose session. Append-only.',
    fields: (t) => ({
      id: t.exposeID('id', { description: 'Names the event.' }),
      at: t.expose('at', { type: 'DateTime', description: 'When it happened.' }),
      type: t.field({
        type: AuditEventType,
        description: 'What happened.',
        resolve: ({ type }) => type as AuthEvent['type'],
      }),
      loginFailure: t.field({
        type: LoginFailureType,
        nullable: true,
        description:
          'Why the login was refused. Null for any other event, and for one that was written before there were reasons.',
        resolve: ({ type, detail }) => (type === 'LOGIN_FAILED' ? reasonIn(detail) : null),
      }),
      actor: t.expose('actor', {
        type: 'User',
        nullable: true,
        description:
          "Who did it. Null for a visitor who is not signed in, for what is done at the server's shell (`detail.shell` has its user and host then), and for what the application does by itself (`detail.application`).",
      }),
      subject: t.expose('subject', {
        type: 'User',
        nullable: true,
        description: 'Whom it happened to.',
      }),
      sessionId: t.exposeID('sessionId', {
        nullable: true,
        description: 'The public id of the session that it is about.',
      }),
      ipAddress: t.exposeString('ipAddress', {
        nullable: true,
        description: 'Where the request came from.',
      }),
      userAgent: t.exposeString('userAgent', {
        nullable: true,
        description: 'What the request said of its browser.',
      }),
      detail: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What the event is about, never a secret.',
        resolve: ({ detail }) => (detail === null ? null : (JSON.parse(detail) as unknown)),
      }),
    }),
  })

  const AuditFilter = builder.inputType('AuditFilter', {
    description: 'Which events are meant: those that match everything that is given.',
    fields: (t) => ({
      userId: t.id({ description: 'Who did it, or whom it happened to.' }),
      type: t.field({ type: AuditEventType, description: 'Those of this type.' }),
      since: t.field({ type: 'DateTime', description: 'From then on, that instant included.' }),
      until: t.field({ type: 'DateTime', description: 'Before then.' }),
    }),
  })

  builder.queryField('auditEvents', (t) =>
    t.connection(
      {
        type: AuditEvent,
        authScopes: { staff: true },
        description:
          'What happened to accounts and sessions, newest first (at, then id). A page of a user and a type looks at 5,000 events of the user: it may have fewer than it was asked for, or none, and `hasNextPage` with an `endCursor` that leads on.',
        args: { filter: t.arg({ type: AuditFilter, description: 'Left out: all of them.' }) },
        resolve: (_root, { filter, ...args }, { budget }) =>
          readPage<AuditedEvent>(args, budget, {
            name: 'auditEvents',
            instantOf: ({ at }) => at,
            find: (range) => audit.look({ ...filter }, range),
            count: () => audit.count({ ...filter }),
          }),
      },
      {
        name: 'AuditEventConnection',
        fields: (connection) => ({
          totalCount: connection.int({
            description: totalCountWords,
            resolve: ({ totalCount }) => totalCount(),
          }),
        }),
      },
      { name: 'AuditEventEdge' },
    ),
  )
}

function reasonIn(detail: string | null): LoginFailure | null {
  const { reason } = JSON.parse(detail ?? '{}') as { readonly reason?: unknown }
  return failureFrom(reason)
}
