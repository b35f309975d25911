import { staffForm } from './client.ts'
import type { Kind, Outcome } from './history.ts'
import type { Node } from './node.ts'

/** How an end came out that did not go by the API. */
export interface Ended {
  readonly outcome: Outcome
  readonly detail: string | null
}

/** A way for operators to end a session, besides the API. */
export interface Way {
  readonly kind: Extract<Kind, 'revoke at the shell' | 'revoke in /admin'>
  /** Ends the session `id` with what `node` has. `cookie` is that of staff. Never rejects. */
  readonly end: (node: Node, id: string, cookie: string) => Promise<Ended>
}

/** `coatcheck sessions revoke`: a process of its own, which reaches the stores by the ways of `node`. */
export const atTheShell: Way = {
  kind: 'revoke at the shell',
  async end(node, id) {
    const { code, printed } = await node.command(['sessions', 'revoke', id])
    if (code === 0) return { outcome: 'done', detail: null }
    const isThere = !printed.includes('There is no session')
    return { outcome: isThere ? 'unknown' : 'refused', detail: printed.slice(-200) }
  },
}

/** The button on the page of a session. */
export const inAdmin: Way = {
  kind: 'revoke in /admin',
  async end(node, id, cookie) {
    const answer = await staffForm(node.url, cookie, `?page=session&id=${id}`, { do: 'end' })
    const { how, status, to, html } = answer
    if (how === 'unsent') return { outcome: 'refused', detail: how }
    if (how === 'lost') return { outcome: 'unknown', detail: how }
    if (to?.includes('done=session-ended')) return { outcome: 'done', detail: null }
    if (html.includes('Nothing was done: '))
      return { outcome: 'refused', detail: 'UNAUTHENTICATED' }
    const isOpen = status !== 404 && (status !== 503 || html.includes('may have been stored'))
    return { outcome: isOpen ? 'unknown' : 'refused', detail: `status ${status}` }
  },
}
