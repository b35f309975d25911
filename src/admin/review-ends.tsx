import { pickedIn, reviewPicked } from './end-picked.tsx'
import { countEvery, reviewEvery } from './end-sessions.tsx'
import { nothingToEnd } from './confirm-end.tsx'
import { linkTo } from './links.ts'
import { readQuery } from './session-query.ts'
import type { GoTo, Page, View, Visit } from './visit.ts'

/**
 * What would end: the picked sessions, or all that the filter of the address matches. It changes nothing, so it has an
 * address: a browser goes back to it and loads it again without a question.
 */
export const endSessionsPage: Page = { show: review }

function review(visit: Visit<'sessions' | 'now'>): Promise<View> {
  if (visit.params.has('pick')) return reviewPicked(visit)
  return visit.params.get('count') === 'more' ? countEvery(visit) : reviewEvery(visit)
}

/** Leads from the boxes of the list to the look at the sessions that were picked. */
export async function goToPicked(
  visit: Visit<'sessions' | 'now'>,
  form: URLSearchParams,
): Promise<View | GoTo> {
  const to = linkToPicked(visit.params, form)
  return to === null ? nothingToEnd('No session was picked. Pick some first.', visit) : { to }
}

/** Null where none is picked: without ids the address would ask for all that match. */
function linkToPicked(params: URLSearchParams, form: URLSearchParams): string | null {
  const ids = pickedIn(form.getAll('id'))
  if (ids.length === 0) return null
  return linkTo('end-sessions', { ...readQuery(params), pick: ids.join('.') })
}

/** What would end, by a form that came too late: to be looked at, and asked for once more. */
export function lookAgain(params: URLSearchParams, form: URLSearchParams): string | null {
  switch (form.get('do')) {
    case 'review-picked':
    case 'end-picked':
      return linkToPicked(params, form)
    case 'review-every':
    case 'end-every':
      return linkTo('end-sessions', readQuery(params))
    default:
      return null
  }
}

/** Leads from the list to the look at all that match. */
export async function goToEvery({ params }: Visit): Promise<GoTo> {
  return { to: linkTo('end-sessions', readQuery(params)) }
}
