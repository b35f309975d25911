import type { EndReason } from './session-events.ts'

/** Whose session it was. A page that is opened after its end does not know. */
export type Whose = 'user' | 'guest' | 'unknown'

const ofUser: Record<EndReason, string | null> = {
  LOGOUT: 'You have signed out.',
  REVOKED: 'You were signed out from another device, or by our staff.',
  PASSWORD_CHANGED: 'You were signed out because your password was changed on another device.',
  USER_DEACTIVATED: 'You were signed out because your account was closed.',
  // After too long without a visit, and at the end of the longest time that a session may last.
  EXPIRED: 'You were signed out because your session has expired.',
  REPLACED: null,
}

const words: Record<Whose, Partial<typeof ofUser>> = {
  user: ofUser,
  guest: {
    REVOKED: 'Our staff ended your visit: your cart was emptied, and your preferences forgotten.',
    EXPIRED: 'It has been a while: your cart was emptied, and your preferences were forgotten.',
  },
  unknown: {
    ...ofUser,
    REVOKED: 'Your last visit was ended from another device, or by our staff.',
    EXPIRED: 'Your last visit has expired.',
  },
}

/** Tells a visitor why they are signed in no more, and a guest where their cart is. */
export function Ended({ reason, whose }: { reason: EndReason | null; whose: Whose }) {
  const text = reason && words[whose][reason]
  return text ? (
    <p role="status" className="notice">
      {text}
    </p>
  ) : null
}
