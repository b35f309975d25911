import type { SessionEndReason } from '../auth/roster.ts'
import type { Context } from './context.ts'

/** Why the session that the visitor's cookie names is over; null where it is not, or no cookie names one. */
export async function endReasonOf({
  session,
  app,
}: Pick<Context, 'session' | 'app'>): Promise<SessionEndReason | null> {
  const presented = session.presentedId
  if (presented === null || (await session.id()) !== null) return null
  return app.sessions.endReason(presented)
}
