import type { AuthEvent } from '../audit/auth-event.ts'
import { actedBy } from './caller.ts'
import type { Caller } from './caller.ts'

/**
 * Ends the caller's session, and only this one. Does nothing for an anonymous visitor. The audit records it, unless another
 * call had ended the session before.
 */
export type Logout = (caller: Caller) => Promise<void>

/** Logouts, which tell `notify`. */
export function createLogout(notify: (event: AuthEvent) => Promise<void>): Logout {
  return async (caller) => {
    const { session } = caller
    const by = await actedBy(caller)
    session.flush()
    await session.commit()
    const { actorId } = by
    // Of two logouts at once, one has ended the session: both callers are signed out by one event.
    if (actorId !== null && !session.wasOver)
      await notify({ type: 'LOGOUT', ...by, subjectId: actorId })
  }
}
