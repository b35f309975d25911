import { builder } from '../builder.ts'

/** Why a session is over. */
export const SessionEndReasonType = builder.enumType('SessionEndReason', {
  values: ['LOGOUT', 'REVOKED', 'PASSWORD_CHANGED', 'USER_DEACTIVATED', 'EXPIRED'] as const,
})
