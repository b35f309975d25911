import type { CoreBuilder } from '../builder.ts'
import { shareInWords } from '../../auth/sessions/patience.ts'
import { NotFound } from '../../refusals.ts'

/** The results of ending one session, or many. */
export function addRevocation(builder: CoreBuilder): void {
  const RevokeSessionSuccess = builder.objectRef<{ id: string }>('RevokeSessionSuccess').implement({
    description: 'The session is over.',
    fields: (t) => ({ id: t.exposeID('id', { description: 'Its public id.' }) }),
  })

  builder.errorUnion('RevokeSessionResult', {
    description: 'What comes of ending one session.',
    types: [RevokeSessionSuccess, NotFound],
    resolveType: () => 'RevokeSessionSuccess',
  })

  builder.objectType('RevokeSessionsSuccess', {
    description: 'How the end of many sessions went.',
    fields: (t) => ({
      matchedCount: t.exposeInt('matchedCount', {
        description:
          "How many matched, the caller's own not counted. Where `countedSince` says so, at least so many.",
      }),
      countedSince: t.expose('countedSince', {
        type: 'DateTime',
        nullable: true,
        description:
          'The count went back to the sessions that began then, and stopped there: at 10,000, or after half a second. Null where all were counted. What ends is not bound by it.',
      }),
      revokedCount: t.exposeInt('revokedCount', {
        description:
          'How many ended: 0 on a dry run. Sessions that were over already match where the filter asks for them, and do not end again.',
      }),
      isComplete: t.exposeBoolean('isComplete', {
        description: `Is none left alive? false where ${shareInWords} were not enough: call it again, and it goes on.`,
      }),
    }),
  })
}
