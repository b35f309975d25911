import { useEffect, useEffectEvent } from 'react'

/**
 * Asks again when the visitor comes back to this page, from another tab or another window: it may have slept through changes,
 * and nothing tells it of a sign-in on another device. No timer asks, for asking is activity: it would keep the session of a
 * visitor who has left.
 */
export function useAskOnReturn(ask: () => void): void {
  const look = useEffectEvent(() => {
    if (document.visibilityState === 'visible') ask()
  })
  useEffect(() => {
    const hear = () => look()
    document.addEventListener('visibilitychange', hear)
    window.addEventListener('focus', hear)
    return () => {
      document.removeEventListener('visibilitychange', hear)
      window.removeEventListener('focus', hear)
    }
  }, [])
}
