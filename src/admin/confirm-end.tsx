import type { ComponentChildren, VNode } from 'preact'
import { linkTo } from './links.ts'
import { counted } from '../numbers.ts'
import { Empty } from './parts.tsx'
import { readQuery } from './session-query.ts'
import type { View, Visit } from './visit.ts'

/** What an end does to the visitors. */
export const theyLose =
  'At their next request these visitors lose what their sessions hold. Those who are signed in are signed out.'

/** How many sessions, in words. `isMore`: there may be more. */
export function sessionsOf(count: number, isMore = false): string {
  if (count === 0) return 'all that match'
  const sessions = counted(count, 'session')
  return isMore ? `${sessions} or more` : sessions
}

/** The form that ends sessions, with the way back. */
export function ConfirmEnd({
  visit: { params },
  act,
  button,
  children,
}: {
  visit: Visit
  act: string
  button: string
  children: ComponentChildren
}): VNode {
  const here = linkTo('sessions', readQuery(params))
  return (
    <form method="post" action={here} class="panel">
      {children}
      <p class="actions">
        <button name="do" value={act} class="danger">
          {button}
        </button>
        <a href={here}>Keep them</a>
      </p>
    </form>
  )
}

/** The page for a filter, or for picked sessions, among which no session is alive. */
export function nothingToEnd(sentence: ComponentChildren, { params }: Visit): View {
  return {
    title: 'Nothing to end',
    body: (
      <Empty>
        <p>{sentence}</p>
        <p>
          <a href={linkTo('sessions', readQuery(params))}>Back to the list</a>
        </p>
      </Empty>
    ),
  }
}
