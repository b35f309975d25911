import type { VNode } from 'preact'
import type { SessionsOfUser } from '../auth/sessions/session-search.ts'
import { UserLink } from './parts.tsx'

/** How many sessions they are together. */
export function countAll(whose: readonly SessionsOfUser[]): number {
  return whose.reduce((sum, { count }) => sum + count, 0)
}

/**
 * Whose sessions would end: users with the most first; those with few are counted together. `isPart`: these are the newest of
 * more.
 */
export function Whose({
  whose,
  isPart,
}: {
  whose: readonly SessionsOfUser[]
  isPart: boolean
}): VNode {
  const [shown, others] = [whose.slice(0, 12), whose.slice(12)]
  return (
    <>
      <h2>{isPart ? `Whose the newest ${countAll(whose)} are` : 'Whose they are'}</h2>
      <ul class="whose">
        {shown.map(({ user, count }) => (
          <li key={user?.id ?? ''}>
            <UserLink user={user} none="Guests" />: {count}
          </li>
        ))}
        {others.length > 0 && (
          <li>
            {others.length === 1 ? '1 other user' : `${others.length} other users`}:{' '}
            {countAll(others)}
          </li>
        )}
      </ul>
    </>
  )
}
