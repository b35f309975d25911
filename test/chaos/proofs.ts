import type { Operation } from './history.ts'

/** What only those are answered who are signed in, or hold a session. */
const needOpen: ReadonlySet<Operation['kind']> = new Set([
  'change password',
  'revoke',
  'revoke user',
  'revoke others',
  'deactivate',
  'activate',
])

/**
 * What an answer proves of the session that the request came with: that it was open at some moment of the request, or over at
 * one; null where it proves neither. `isUsers`: whether it is a user's.
 */
export function proofOf(
  { kind, outcome, session, landed, sight, detail = '' }: Operation,
  isUsers: boolean,
): 'open' | 'over' | null {
  if (session === null) return null
  if (kind === 'read') return sight === undefined ? null : sight.id === null ? 'over' : 'open'
  if (outcome === 'done') {
    // What is stored under a key that opens nothing begins another session.
    if (kind === 'write' || kind === 'expire') return landed === session ? 'open' : 'over'
    return needOpen.has(kind) ? 'open' : null
  }
  if (detail.startsWith('SESSION_INTERRUPTED')) return 'over'
  return isUsers && detail.startsWith('UNAUTHENTICATED') ? 'over' : null
}

/** Does the answer say that there is no session to end? */
export function isNotFound({ outcome, detail = '' }: Operation): boolean {
  return outcome === 'refused' && /^(NOT_FOUND|There is no session|status 404)/.test(detail)
}
