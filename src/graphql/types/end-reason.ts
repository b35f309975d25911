import type { SessionEndReason } from '../../auth/roster/why-ended.ts'
import type { CoreBuilder } from '../builder.ts'

/** Why a session is over. */
export function addEndReason(builder: CoreBuilder): void {
  builder.enumType('SessionEndReason', {
    description: 'Why a session is over.',
    values: {
      LOGOUT: { description: 'Its visitor signed out.' },
      REPLACED: {
        description:
          'The key was replaced: sign-in or change of password in this browser. Ask again with the new cookie.',
      },
      REVOKED: {
        description: 'Its user ended it from another device, or staff or an operator did.',
      },
      PASSWORD_CHANGED: { description: 'The password was changed on another device.' },
      USER_DEACTIVATED: { description: 'The user may no longer sign in.' },
      EXPIRED: { description: 'Its time ran out.' },
    } satisfies Record<SessionEndReason, object>,
  })
}
