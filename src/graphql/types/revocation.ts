import type { Revoked } from '../../auth/sessions/revocation.ts'
import { builder } from '../builder.ts'
import { NotFound } from '../../refusals.ts'

const RevokeSessionSuccess = builder.objectRef<{ id: string }>('RevokeSessionSuccess').implement({
  fields: (t) => ({ id: t.exposeID('id') }),
})

/** How the end of one session went. */
export const RevokeSessionResult = builder.errorUnion('RevokeSessionResult', {
  types: [RevokeSessionSuccess, NotFound],
  resolveType: () => 'RevokeSessionSuccess',
})

/** How the end of many sessions went. */
export const RevokeSessionsSuccess = builder.objectRef<Revoked>('RevokeSessionsSuccess').implement({
  fields: (t) => ({
    matchedCount: t.exposeInt('matchedCount', {
      description: "How many matched, the caller's own not counted.",
    }),
    revokedCount: t.exposeInt('revokedCount', {
      description:
        'How many ended: 0 on a dry run. Sessions that were over already match where the filter asks for them, and do not end again.',
    }),
    isComplete: t.exposeBoolean('isComplete', {
      description:
        'Is none left alive? false where half of the time that an operation may take was not enough: call it again.',
    }),
  }),
})
