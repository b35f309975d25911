import { isIP } from 'node:net'
import { sessionStatuses } from '../auth/sessions/session-filter.ts'
import type { SessionFilter, SessionStatus } from '../auth/sessions/session-filter.ts'
import { textIn } from './links.ts'
import { earlier, instantOf, later, nothingBetween, readSpan, whyNoTime } from './time-span.tsx'
import type { SpanQuery, Unmatchable } from './time-span.tsx'
import { whyNoChoice } from './unknown-choice.ts'

/** The fields of the filter, as a form sends them and a link carries them. */
type FilterField =
  'user' | 'address' | 'browser' | 'status' | 'kind' | 'age' | 'idle' | keyof SpanQuery

/** What they say; empty where nothing is said. A session began in the span and as long ago as `age` says. */
export type SessionQuery = Readonly<Record<FilterField, string>>

/** How long ago a session began, or was last seen, in milliseconds. */
const lengths: Readonly<Record<string, number>> = {
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
}

/** The choices of `age`, with their texts. */
export const ages = {
  '': 'At any time',
  'new-hour': 'In the last hour',
  'new-day': 'In the last day',
  'new-week': 'In the last week',
  'old-day': 'Over a day ago',
  'old-week': 'Over a week ago',
  'old-month': 'Over 30 days ago',
}

/** The choices of `idle`. */
export const idles = {
  '': 'At any time',
  hour: 'Over an hour ago',
  day: 'Over a day ago',
  week: 'Over a week ago',
  month: 'Over 30 days ago',
}

/** The choices of `status`. */
export const statuses = { ACTIVE: 'Active', ENDED: 'Ended', EXPIRED: 'Expired', ANY: 'Any' }

/** The choices of `kind`. */
export const kinds = { '': 'Any', 'signed-in': 'Signed in', guests: 'Guests' }

const choices = {
  status: { label: 'Status', options: statuses },
  kind: { label: 'Whose', options: kinds },
  age: { label: 'Began', options: ages },
  idle: { label: 'Last seen', options: idles },
}

/** What a form or a link says of the filter. Of a text that no choice has `whyNone` says so. */
export function readQuery(params: URLSearchParams): SessionQuery {
  const text = (name: string) => textIn(params, name)
  return {
    user: text('user'),
    address: text('address'),
    browser: text('browser'),
    status: text('status') || 'ACTIVE',
    kind: text('kind'),
    age: text('age'),
    ...readSpan(params),
    idle: text('idle'),
  }
}

/** Can no session match at the instant `now`? Then this says why not, and what to do; null where one may. */
export function whyNone(query: SessionQuery, now: number): Unmatchable<FilterField> | null {
  const { user, address, kind } = query
  if (address !== '' && isIP(address) === 0)
    return {
      why: 'No session can match: the address is no IP address.',
      advice: 'Write a whole one, such as 192.0.2.7 or 2001:db8::7, or leave it out.',
      field: 'address',
    }
  if (user !== '' && kind === 'guests')
    return {
      why: 'No session can match: guests have no username.',
      advice: 'Leave out the username, or ask for those who are signed in.',
      field: null,
    }
  const noChoice = whyNoChoice(query, choices, 'session')
  if (noChoice) return noChoice
  const noTime = whyNoTime(query, { what: 'session', now })
  if (noTime) return noTime
  const { createdAfter, createdBefore, lastSeenBefore } = filterOf(query, now)
  const first = (createdAfter?.getTime() ?? -Infinity) + 1
  if (first >= (createdBefore?.getTime() ?? Infinity)) return nothingBetween('session')
  if (first < (lastSeenBefore?.getTime() ?? Infinity)) return null
  return {
    why: 'No session can match: one that began so lately cannot have been last seen so long ago.',
    advice: 'Change one of the two.',
    field: null,
  }
}

/**
 * The filter that a query says at the instant `now`, in milliseconds since 1970. One with a time that is none, or a choice that is
 * none, is no filter: ask `whyNone` first.
 */
export function filterOf(query: SessionQuery, now: number): SessionFilter {
  const { user, address, browser, status, kind, idle } = query
  const { after, before } = begunIn(query, now)
  return {
    status: statusOf(status),
    ...(user !== '' && { username: user }),
    ...(address !== '' && { ipAddress: address }),
    ...(browser !== '' && { userAgentContains: browser }),
    ...(kind !== '' && { authenticated: kind === 'signed-in' }),
    ...(after && { createdAfter: after }),
    ...(before && { createdBefore: before }),
    ...(idle !== '' && { lastSeenBefore: new Date(now - (lengths[idle] ?? 0)) }),
  }
}

/** After and before which instants a session began, neither of them included. */
function begunIn({ age, from, until }: SessionQuery, now: number) {
  const [side = '', length = ''] = age.split('-')
  const began = new Date(now - (lengths[length] ?? 0))
  const first = instantOf(from)
  return {
    after: later(side === 'new' ? began : null, first && new Date(first.getTime() - 1)),
    before: earlier(side === 'old' ? began : null, instantOf(until)),
  }
}

function statusOf(text: string): SessionStatus {
  return sessionStatuses.find((status) => status === text) ?? 'ACTIVE'
}
