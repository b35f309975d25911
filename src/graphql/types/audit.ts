import { authEventTypes } from '../../auth/audit/auth-event.ts'
import type { AuthEvent } from '../../auth/audit/auth-event.ts'
import type { AuditedEvent } from '../../auth/audit/audit-list.ts'
import type { CoreBuilder } from '../builder.ts'
import { readPage } from '../keyset.ts'

/** What happened to accounts and sessions, for staff. */
export function addAudit(builder: CoreBuilder): void {
  const AuditEventType = builder.enumType('AuditEventType', { values: authEventTypes })

  const AuditEvent = builder.objectRef<AuditedEvent>('AuditEvent').implement({
    description: 'Who did what to whose session. Append-only.',
    fields: (t) => ({
      id: t.exposeID('id'),
      at: t.expose('at', { type: 'DateTime' }),
      type: t.field({ type: AuditEventType, resolve: ({ type }) => type as AuthEvent['type'] }),
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
      sessionId: t.exposeID('sessionId', { nullable: true }),
      ipAddress: t.exposeString('ipAddress', { nullable: true }),
      userAgent: t.exposeString('userAgent', { nullable: true }),
      detail: t.field({
        type: 'JSON',
        nullable: true,
        description: 'What the event is about, never a secret.',
        resolve: ({ detail }) => (detail === null ? null : (JSON.parse(detail) as unknown)),
      }),
    }),
  })

  const AuditFilter = builder.inputType('AuditFilter', {
    fields: (t) => ({
      userId: t.id({ description: 'Who did it, or whom it happened to.' }),
      type: t.field({ type: AuditEventType }),
      since: t.field({ type: 'DateTime', description: 'From then on, that instant included.' }),
      until: t.field({ type: 'DateTime', description: 'Before then.' }),
    }),
  })

  builder.queryField('auditEvents', (t) =>
    t.connection(
      {
        type: AuditEvent,
        authScopes: { staff: true },
        description: 'Newest first (at, then id).',
        args: { filter: t.arg({ type: AuditFilter }) },
        resolve: (_root, { filter, ...args }, { app, budget }) =>
          readPage<AuditedEvent>(args, budget, {
            name: 'auditEvents',
            instantOf: ({ at }) => at,
            find: (range) => app.audit.list({ ...filter }, range),
            count: () => app.audit.count({ ...filter }),
          }),
      },
      {
        name: 'AuditEventConnection',
        fields: (connection) => ({
          totalCount: connection.int({ resolve: ({ totalCount }) => totalCount() }),
        }),
      },
      { name: 'AuditEventEdge' },
    ),
  )
}
