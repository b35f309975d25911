import type { SessionEndReason } from '../../auth/sessions/why-ended.ts'
import { builder } from '../builder.ts'

/** Why a session is over. */
export const SessionEndReasonType = builder.enumType('SessionEndReason', {
  values: {
    LOGOUT: {},
    REPLACED: {
      description:
        'The key was replaced: sign-in or change of password in this browser. Ask again with the new cookie.',
    },
    REVOKED: {},
    PASSWORD_CHANGED: {},
    USER_DEACTIVATED: {},
    EXPIRED: {},
  } satisfies Record<SessionEndReason, object>,
})
