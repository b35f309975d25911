import { useEffect, useState, type RefObject } from 'react'
import { useFocusOnceGone } from './focus.ts'
import type { Session } from './session.ts'

/** Seconds. */
const warnAt = 60

const words = {
  ofUser: {
    warning: 'You will be signed out soon.',
    button: 'Stay signed in',
    advice: 'Finish what you are at, and sign in again.',
  },
  ofGuest: {
    warning: 'Your cart will be emptied soon, and your preferences forgotten.',
    button: 'Keep them',
    advice: 'Sign in to keep them.',
  },
}

interface ExpiryProps {
  session: Session
  /** A guest who has stored something has a session too, and loses it with what is in it. */
  isGuest: boolean
  stay: () => void
  /** What gets the focus once the visitor stays: the button that had it is gone. */
  next: RefObject<HTMLElement | null>
}

/** Warns a visitor whose session is about to end, and offers to keep it. */
export function Expiry({ session, isGuest, stay, next }: ExpiryProps) {
  const { left, isFinal } = useTimeLeft(session)
  const { warning, button, advice } = isGuest ? words.ofGuest : words.ofUser
  const isShown = left <= warnAt
  const press = useFocusOnceGone(isShown, next)
  if (!isShown) return null
  return (
    <section className="notice" aria-label="Your session">
      <p role="alert">{warning}</p>
      <p className="actions">
        <span role="timer">{inSeconds(left)} left.</span>{' '}
        {isFinal ? (
          advice
        ) : (
          <button
            type="button"
            onClick={() => {
              press()
              stay()
            }}
          >
            {button}
          </button>
        )}
      </p>
    </section>
  )
}

function inSeconds(left: number): string {
  const seconds = Math.max(0, Math.ceil(left))
  return seconds === 1 ? '1 second' : `${seconds} seconds`
}

/**
 * Seconds until the session ends, by the server's clock: that of the visitor's device may be wrong. `isFinal`: no activity
 * postpones it.
 */
function useTimeLeft({ secondsLeft, absoluteExpiresAt, serverTime }: Session) {
  const [end, setEnd] = useState({ at: Infinity, isFinal: false })
  const [now, setNow] = useState(() => performance.now())

  useEffect(() => {
    const idle = secondsLeft ?? Infinity
    const absolute = absoluteExpiresAt
      ? (Date.parse(absoluteExpiresAt) - Date.parse(serverTime)) / 1000
      : Infinity
    const heard = performance.now()
    setEnd({ at: heard + Math.min(idle, absolute) * 1000, isFinal: absolute <= idle + 1 })
    setNow(heard)
  }, [secondsLeft, absoluteExpiresAt, serverTime])

  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 1000)
    return () => clearInterval(timer)
  }, [])

  return { left: (end.at - now) / 1000, isFinal: end.isFinal }
}
