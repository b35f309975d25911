import type { SessionEndReason } from '../../auth/sessions/why-ended.ts'
import type { CoreBuilder } from '../builder.ts'

/** Why a session is over. */
export function addEndReason(builder: CoreBuilder): void {
  builder.enumType('SessionEndReason', {
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
}
