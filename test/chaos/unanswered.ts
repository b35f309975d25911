import { ends, faultsDuring, recovery, touches } from './fault-times.ts'
import type { SessionFacts } from './facts.ts'
import type { Fault, History, Operation } from './history.ts'

/**
 * How long after it was sent a request that was not answered may still be carried out, in milliseconds. The server gives each up
 * after a few seconds, a visitor after twelve, and what was left behind at a change of key opens for half a minute.
 */
export const lateness = 60_000

/** How long a visitor waits for an answer at most, and a little more, in milliseconds. */
const patience = 13_000

/** What the times of a fault and of a request may be apart, in milliseconds. */
const slack = 1000

/** When its visitor had heard of it at the latest. */
export const heardBy = ({ answered, sent }: Operation): number => answered ?? sent + patience

/**
 * Until when the session may be seen to be over because of `by`, which was not answered with success; null where it never may.
 * What was open a minute later was not ended by it.
 */
export function mayBeOverUntil(by: Operation, session: SessionFacts): number | null {
  const late = by.sent + lateness
  if (session.created.sent > late) return null
  const lastOpen = session.open.at(-1)?.sent ?? 0
  return lastOpen > late ? late : Infinity
}

/**
 * The same of a change of key, which must leave its visitor one of the two sessions. Where it was answered as failed or open, that is the
 * old one, unless the answer sets the cookie of the new one. It may seem over while the server takes the change back. Only where the process went with the request, or the answer
 * came to no visitor, may the old one be over for good, and only unless it took a write since: such a write is not lost.
 */
export function mayBeReplacedUntil(
  by: Operation,
  session: SessionFacts,
  history: History,
): number | null {
  const { sent, process, outcome, landed, detail } = by
  const until = mayBeOverUntil(by, session)
  if (until === null || (outcome === 'refused' && !mayHaveBegun(by))) return null
  if (outcome === 'refused') return heardBy(by)
  if (landed !== null) return until // the answer set the cookie of the new one
  const around = faultsDuring(history, sent - recovery, sent + patience)
  if (!around.some((fault) => touches(fault, process))) return null
  const isAnswered = detail !== 'lost'
  const gone = around.filter(
    (fault) =>
      ends(fault, process) && fault.to >= sent && (!isAnswered || fault.from < sent + recovery),
  )
  if (isAnswered && gone.length === 0) return Math.min(until, sent + lateness)
  const end = Math.max(...gone.map(goneAt)) + slack
  const since = gone.length > 0 && session.open.find((each) => isStored(each) && each.sent > end)
  return since ? Math.min(until, since.sent) : until
}

/** Did it come as far as to touch the session before it failed? */
const mayHaveBegun = ({ detail = '' }: Operation) => detail.startsWith('SESSION_')

const isStored = ({ kind }: Operation) => kind === 'write' || kind === 'expire'

/** When its process was gone for certain: a process that is asked to stop takes its time. */
const goneAt = ({ name, from, to }: Fault) => (name.endsWith('killed') ? from : to)
