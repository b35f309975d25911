import type { VNode } from 'preact'
import type { Owners } from '../auth/sessions/session-preview.ts'
import { UserLink } from './parts.tsx'

/** Whose sessions would end. `isPart`: these are some of more. */
export function OwnersList({ owners, isPart }: { owners: Owners; isPart: boolean }): VNode | null {
  const { count, named, others } = owners
  if (count === 0) return null
  return (
    <>
      <h2>{isPart ? `Whose ${count.toLocaleString('en')} of them are` : 'Whose they are'}</h2>
      <ul class="owners">
        {named.map(({ user, count }) => (
          <li key={user?.id ?? ''}>
            <UserLink user={user} none="Guests" />: {count}
          </li>
        ))}
        {others.users > 0 && (
          <li>
            {others.users === 1 ? '1 other user' : `${others.users} other users`}: {others.sessions}
          </li>
        )}
      </ul>
    </>
  )
}
