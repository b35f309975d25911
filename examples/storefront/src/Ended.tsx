import type { EndReason } from './session-events.ts'

const words: Record<EndReason, string | null> = {
  LOGOUT: 'You have signed out.',
  REVOKED: 'You were signed out from another device, or by our staff.',
  PASSWORD_CHANGED: 'You were signed out because your password was changed on another device.',
  USER_DEACTIVATED: 'You were signed out because your account was closed.',
  // After too long without a visit, and at the end of the longest time that a session may last.
  EXPIRED: 'You were signed out because your session has expired.',
  REPLACED: null,
}

/** Tells a visitor why they are signed in no more. */
export function Ended({ reason }: { reason: EndReason | null }) {
  const text = reason && words[reason]
  return text ? (
    <p role="status" className="notice">
      {text}
    </p>
  ) : null
}
