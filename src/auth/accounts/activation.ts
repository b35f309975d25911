import { endOutdated } from '../sessions/ending.ts'
import type { EndingContext } from '../sessions/ending.ts'
import { userColumns } from '../users/user.ts'
import type { User } from '../users/user.ts'

/** How a change of `isActive` went. */
export interface ActivationOutcome {
  readonly user: User
  /** How many sessions it ended. */
  readonly endedCount: number
}

/**
 * Activates or deactivates a user. Deactivating ends all of their sessions; activating revives none. Null where there is no
 * such user.
 */
export async function setUserActive(
  context: EndingContext,
  userId: string,
  active: boolean,
  patience: number | null,
): Promise<ActivationOutcome | null> {
  const { db } = context
  const { count } = await db.user.updateMany({
    // Only where it changes: activating a user who is active already must not raise their epoch, which ends their sessions.
    where: { id: userId, ...(active && { isActive: false }) },
    data: { isActive: active, epoch: { increment: 1 } },
  })
  const user = await db.user.findUnique({ where: { id: userId }, select: userColumns })
  if (user === null || count === 0) return user && { user, endedCount: 0 }
  return { user, endedCount: await endOutdated(context, user, 'USER_DEACTIVATED', patience) }
}
