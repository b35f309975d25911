import type { Copy } from './copies.ts'
import { isDuring, mayBeLost, recovery, touches } from './fault-times.ts'
import { isBefore } from './history.ts'
import type { History, Operation, Sight } from './history.ts'

/** Something that ends a session. */
export interface End {
  readonly by: Operation
  readonly reason: string
  /** Is the session over once `by` is answered? Otherwise it may be over at any time after `by` was sent. */
  readonly isCertain: boolean
  /** Is the session over for this reason, so that a later end changes nothing? */
  readonly isSettled: boolean
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
  /** When it was seen alive. */
  readonly alive: Seen[]
  /** When it was seen to be over. */
  readonly over: Seen[]
  /** The cookies that carried it, by name; none where they carry its key. */
  readonly copies: Map<string, Copy>
}

/** Is the key replaced by it? What the session held goes on under another. */
export const isKeyChange = ({ kind }: Operation): boolean =>
  kind === 'login' || kind === 'change password'

const reasons: Readonly<Partial<Record<Operation['kind'], string>>> = {
  logout: 'LOGOUT',
  revoke: 'REVOKED',
  'revoke at the shell': 'REVOKED',
  'revoke in /admin': 'REVOKED',
  'revoke user': 'REVOKED',
  'revoke others': 'REVOKED',
  deactivate: 'USER_DEACTIVATED',
  'change password': 'PASSWORD_CHANGED',
}

/** Collects from the history what is known of each session. */
export function factsOf(history: History): Map<string, SessionFacts> {
  const { operations } = history
  const sorted = [...operations].sort((a, b) => a.sent - b.sent)
  const facts = new Map<string, SessionFacts>()
  const makers = sorted
    .filter(({ outcome, landed, session }) => outcome === 'done' && landed && landed !== session)
    .sort((a, b) => Number(a.answered) - Number(b.answered))
  for (const by of makers) create(facts, by)
  for (const operation of sorted) note(facts, operation)
  const families = familiesOf(facts)
  for (const operation of sorted) {
    if (operation.outcome === 'refused') continue
    for (const { session, ...end } of struckBy(facts, families, operation)) {
      if (session.ends.some((each) => each.isSettled && isBefore(each.by, operation))) continue
      session.ends.push({ ...end, isSettled: isSettled(end, history) })
    }
  }
  return facts
}

/** The sessions of each user, and those that took over the content of a session. */
interface Families {
  readonly ofUser: ReadonlyMap<string | null, readonly SessionFacts[]>
  readonly ofParent: ReadonlyMap<string | null, readonly SessionFacts[]>
}

function familiesOf(facts: ReadonlyMap<string, SessionFacts>): Families {
  const by = (keyOf: (session: SessionFacts) => string | null) => {
    const groups = new Map<string | null, SessionFacts[]>()
    for (const session of facts.values()) {
      const group = groups.get(keyOf(session))
      if (group) group.push(session)
      else groups.set(keyOf(session), [session])
    }
    return groups
  }
  return { ofUser: by(({ user }) => user), ofParent: by(({ parent }) => parent?.id ?? null) }
}

/**
 * It is acknowledged, and the store does not admit to lose it. A change of the user ends the session, and a fault may keep it
 * from the session's row. Then a later end may mark that one.
 */
function isSettled({ reason, by, isCertain }: Omit<End, 'isSettled'>, history: History): boolean {
  if (!isCertain || mayBeLost(by, history)) return false
  const isOfUser = reason === 'PASSWORD_CHANGED' || reason === 'USER_DEACTIVATED'
  const until = (by.answered ?? Infinity) + recovery
  const mayBeUnmarked = history.faults.some(
    (each) => touches(each, by.process) && isDuring(each, by.sent - recovery, until),
  )
  return !(isOfUser && mayBeUnmarked)
}

function create(facts: Map<string, SessionFacts>, by: Operation): void {
  const { landed, session } = by
  if (landed === null || facts.has(landed)) return
  const before = (isKeyChange(by) && session !== null && facts.get(session)) || null
  const user = by.kind === 'login' ? (by.user ?? null) : (before?.user ?? null)
  // What another user had does not go along.
  const parent = before && (before.user === null || before.user === user) ? before : null
  const empty = { operations: [], stored: [], possible: [], ends: [], alive: [], over: [] }
  const copies = new Map<string, Copy>()
  facts.set(landed, { id: landed, user, created: by, parent, copies, ...empty })
}

function note(facts: Map<string, SessionFacts>, operation: Operation): void {
  const { kind, outcome, session, landed, sight } = operation
  const sentTo = session === null ? undefined : facts.get(session)
  const landedIn = landed === null ? undefined : facts.get(landed)
  sentTo?.operations.push(operation)
  if (kind === 'write' && outcome === 'done') landedIn?.stored.push(operation)
  if (kind === 'write' && outcome === 'unknown') sentTo?.possible.push(operation)
  // It wrote, and had to begin another session: the one that it came with was over.
  if (kind === 'write' && outcome === 'done' && sentTo && landed !== session)
    sentTo.over.push({ by: operation, sight: { id: null, lines: [] } })
  if (sight === undefined) return
  const seen = { by: operation, sight }
  if (kind === 'read') (sight.id === null ? sentTo?.over : sentTo?.alive)?.push(seen)
  else if (landedIn) landedIn.alive.push(seen)
}

interface Struck extends Omit<End, 'isSettled'> {
  readonly session: SessionFacts
}

function struckBy(facts: Map<string, SessionFacts>, families: Families, by: Operation): Struck[] {
  const { kind, outcome, session, landed, target, user } = by
  const isDone = outcome === 'done'
  const of = (id: string | null | undefined, reason: string, isCertain: boolean): Struck[] => {
    const found = id ? facts.get(id) : undefined
    return found ? [{ session: found, by, reason, isCertain }] : []
  }
  const reason = reasons[kind] ?? ''
  const replaced = isKeyChange(by) && landed !== session ? of(session, 'REPLACED', isDone) : []
  switch (kind) {
    case 'login':
      return replaced
    case 'logout':
      return of(session, reason, isDone)
    case 'revoke':
    case 'revoke at the shell':
    case 'revoke in /admin':
      return [...of(target, reason, isDone), ...descendants(families, target, by)]
    case 'change password':
    case 'revoke others':
    case 'revoke user':
    case 'deactivate': {
      // A key change takes its own session along: the one that asked, under either key.
      const own = kind === 'change password' || kind === 'revoke others' ? [session, landed] : []
      const theirs = (user !== undefined && families.ofUser.get(user)) || []
      const ends = theirs.flatMap((each) =>
        // One that was begun later is none of those.
        own.includes(each.id) || (by.answered !== null && each.created.sent > by.answered)
          ? []
          : of(each.id, reason, isDone && isThere(each, by)),
      )
      return [...replaced, ...ends]
    }
    default:
      return []
  }
}

/** Was the session there when `by` came? */
function isThere({ created }: SessionFacts, by: Operation): boolean {
  return created.answered !== null && created.answered < by.sent
}

/** A session that has just moved ends under its new key. */
function descendants(families: Families, target: string | undefined, by: Operation): Struck[] {
  return (families.ofParent.get(target ?? null) ?? [])
    .filter(() => target !== undefined)
    .flatMap((session) => [
      { session, by, reason: 'REVOKED', isCertain: false },
      ...descendants(families, session.id, by),
    ])
}
