import type { VNode } from 'preact'
import type { Owners } from '../auth/sessions/session-preview.ts'
import { counted, figure } from '../numbers.ts'
import { UserLink } from './parts.tsx'

/** Whose sessions would end. `isPart`: these are some of more. */
export function OwnersList({ owners, isPart }: { owners: Owners; isPart: boolean }): VNode | null {
  const { named, others } = owners
  if (owners.count === 0) return null
  return (
    <>
      <h2>{isPart ? `Whose ${figure(owners.count)} of them are` : 'Whose they are'}</h2>
      <ul class="owners">
        {named.map(({ user, count: sessions }) => (
          <li key={user?.id ?? ''}>
            <UserLink user={user} none="Guests" />: {figure(sessions)}
          </li>
        ))}
        {others.users > 0 && (
          <li>
            {counted(others.users, 'other user')}: {figure(others.sessions)}
          </li>
        )}
      </ul>
    </>
  )
}
