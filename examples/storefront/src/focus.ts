import { useEffect, useRef } from 'react'

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
