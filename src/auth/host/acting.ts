import type { ActedBy } from '../audit/auth-event.ts'
import type { User } from '../users/user.ts'

/** On whose behalf a host acts. */
export interface Acting {
  /** The user of this server whom the audit names as the actor. Left out, or null: the host itself acted. */
  readonly actor?: Pick<User, 'id'> | null | undefined
}

/** The host, for the audit: `detail.application` says that its own code did it. */
export function asHost({ actor = null }: Acting = {}): ActedBy {
  return { actorId: actor && actor.id, sessionId: null, client: null, application: true }
}
