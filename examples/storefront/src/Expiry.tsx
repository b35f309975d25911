import { useEffect, useState } from 'react'
import type { Session } from './session.ts'

/** Seconds. */
const warnAt = 60

/** Warns a visitor whose session is about to end, and offers to keep it. */
export function Expiry({ session, stay }: { session: Session; stay: () => void }) {
  const { left, isFinal } = useTimeLeft(session)
  if (left > warnAt) return null
  return (
    <section className="notice" aria-label="Your session">
      <p role="alert">You will be signed out in a minute.</p>
      <p className="actions">
        <span role="timer">{inSeconds(left)} left.</span>{' '}
        {isFinal ? (
          'Finish what you are at, and sign in again.'
        ) : (
          <button type="button" onClick={stay}>
            Stay signed in
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
