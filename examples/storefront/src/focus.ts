import { useEffect, useRef, type RefObject } from 'react'

/**
 * An element that gets the focus once another visitor is signed in, or none: the button that was pressed is gone by then, and
 * a keyboard or a screen reader would start the page over. `visitor` is undefined while it is not known.
 */
export function useFocusOnNewVisitor<Kind extends HTMLElement>(visitor: string | undefined) {
  const element = useRef<Kind>(null)
  const last = useRef(visitor)
  useEffect(() => {
    if (visitor === undefined) return
    if (last.current !== undefined && last.current !== visitor) element.current?.focus()
    last.current = visitor
  }, [visitor])
  return element
}

/**
 * A function for the press of a button in what is shown for a while. Once that is gone, and the focus with it, `next` gets
 * the focus. A visitor who has gone on elsewhere meanwhile is left there.
 */
export function useFocusOnceGone(isShown: boolean, next: RefObject<HTMLElement | null>) {
  const wasPressed = useRef(false)
  useEffect(() => {
    if (isShown || !wasPressed.current) return
    wasPressed.current = false
    if (document.activeElement === document.body) next.current?.focus()
  }, [isShown, next])
  return () => {
    wasPressed.current = true
  }
}
