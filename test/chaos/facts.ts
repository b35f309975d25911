import type { Copy } from './copies.ts'
import { noteEnds } from './ends.ts'
import type { History, Operation, Sight } from './history.ts'
import { isNotFound, proofOf } from './proofs.ts'

/** Something that ends a session. */
export interface End {
  readonly by: Operation
  readonly reason: string
  /** Is the session over once `by` is answered? Otherwise it may be over at any time after `by` was sent. */
  readonly isCertain: boolean
  /** Is the session over for this reason, so that a later end changes nothing? */
  readonly isSettled: boolean
  /** Until when the session may be seen to be over because of it: for ever, unless it may be taken back. */
  readonly until: number
}

/** What an operation has seen of a session. */
export interface Seen {
  readonly by: Operation
  readonly sight: Sight
}

/** All that is known of one session. */
export interface SessionFacts {
  readonly id: string
  /** Who is signed in to it; null for a guest. */
  readonly user: string | null
  readonly created: Operation
  /** The session whose content it took over by a change of key. */
  readonly parent: SessionFacts | null
  /** Every operation that came with its cookie, in the order in which they were sent. */
  readonly operations: Operation[]
  /** Writes that were answered as stored in it. */
  readonly stored: Operation[]
  /** Writes that may have been stored in it. */
  readonly possible: Operation[]
  /** In the order in which they were sent, without those that came when an end before them was settled. */
  readonly ends: End[]
  /** When its content was seen. */
  readonly alive: Seen[]
  /** What was answered as only an open session is, in the order in which it was sent. */
  readonly open: Operation[]
  /** When it was seen to be over. */
  readonly over: Seen[]
  /** The cookies that carried it, by name; none where they carry its key. */
  readonly copies: Map<string, Copy>
}

/** Is the key replaced by it? What the session held goes on under another. */
export const isKeyChange = ({ kind }: Operation): boolean =>
  kind === 'login' || kind === 'change password'

/** Collects from the history what is known of each session. */
export function factsOf(history: History): Map<string, SessionFacts> {
  const { operations } = history
  const sorted = [...operations].sort((a, b) => a.sent - b.sent)
  const facts = new Map<string, SessionFacts>()
  const makers = sorted
    .filter(({ outcome, landed, session }) => outcome !== 'refused' && landed && landed !== session)
    .sort((a, b) => (a.answered ?? a.sent) - (b.answered ?? b.sent))
  for (const by of makers) create(facts, by)
  for (const operation of sorted) {
    note(facts, operation)
    noteTarget(facts, operation, history)
  }
  noteEnds(facts, sorted, history)
  return facts
}

function create(facts: Map<string, SessionFacts>, by: Operation): void {
  const { landed, session } = by
  if (landed === null || facts.has(landed)) return
  const before = (isKeyChange(by) && session !== null && facts.get(session)) || null
  const user = by.kind === 'login' ? (by.user ?? null) : (before?.user ?? null)
  // What another user had does not go along.
  const parent = before && (before.user === null || before.user === user) ? before : null
  const empty = { operations: [], stored: [], possible: [], ends: [], alive: [] }
  const copies = new Map<string, Copy>()
  facts.set(landed, { id: landed, user, created: by, parent, copies, open: [], over: [], ...empty })
}

function note(facts: Map<string, SessionFacts>, operation: Operation): void {
  const { kind, outcome, session, landed, sight } = operation
  const sentTo = session === null ? undefined : facts.get(session)
  const landedIn = landed === null ? undefined : facts.get(landed)
  sentTo?.operations.push(operation)
  if (kind === 'write' && outcome === 'done') landedIn?.stored.push(operation)
  if (kind === 'write' && outcome === 'unknown') sentTo?.possible.push(operation)
  const proof = sentTo ? proofOf(operation, sentTo.user !== null) : null
  if (proof === 'open') sentTo?.open.push(operation)
  if (proof === 'over')
    sentTo?.over.push({ by: operation, sight: sight?.id === null ? sight : noSight })
  if (sight === undefined) return
  const seen = { by: operation, sight }
  if (kind !== 'read') landedIn?.alive.push(seen)
  else if (proof === 'open') sentTo?.alive.push(seen)
}

/** What is seen of a session that is over. */
const noSight: Sight = { id: null, lines: [] }

/** Where there is no session to end, it is over. A user is told so of sessions of others too, and staff of guests that no list has. */
function noteTarget(
  facts: ReadonlyMap<string, SessionFacts>,
  by: Operation,
  { keepsRecords }: History,
): void {
  const target = by.target === undefined || !isNotFound(by) ? undefined : facts.get(by.target)
  if (target === undefined || (!keepsRecords && target.user === null)) return
  const caller = by.session === null ? undefined : facts.get(by.session)
  if (caller === undefined || caller.user === target.user) target.over.push({ by, sight: noSight })
}
