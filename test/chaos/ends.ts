import { latestExpiry, lossesBefore } from './causes.ts'
import { isKeyChange } from './facts.ts'
import type { End, SessionFacts } from './facts.ts'
import { faultsDuring, mayBeLost, recovery, touches } from './fault-times.ts'
import { isBefore } from './history.ts'
import type { History, Operation } from './history.ts'
import { mayBeOverUntil, mayBeReplacedUntil } from './unanswered.ts'

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

/** Writes down at every session what has ended it, or may have. `sorted`: all operations, in the order in which they were sent. */
export function noteEnds(
  facts: ReadonlyMap<string, SessionFacts>,
  sorted: readonly Operation[],
  history: History,
): void {
  const families = familiesOf(facts)
  for (const operation of sorted) {
    if (operation.outcome === 'refused' && !isKeyChange(operation)) continue
    for (const { session, ...end } of struckBy(facts, families, operation, history)) {
      if (isOver(session, operation, history)) continue
      const until = untilOf(end, session, history)
      const settled = isSettled(end, history) && !isOfLost(end, session, history)
      if (until !== null) session.ends.push({ ...end, isSettled: settled, until })
    }
  }
}

/** Until when it may be seen by that that the session is over; null where it never may. */
function untilOf(
  { by, reason }: Pick<End, 'by' | 'reason'>,
  session: SessionFacts,
  history: History,
): number | null {
  if (by.outcome === 'done') return Infinity
  if (reason === 'REPLACED') return mayBeReplacedUntil(by, session, history)
  return mayBeOverUntil(by, session)
}

/** Was it over for certain before `by` was sent? */
function isOver(session: SessionFacts, by: Operation, history: History): boolean {
  return (
    session.ends.some((each) => each.isSettled && isBefore(each.by, by)) ||
    by.sent > latestExpiry(session, history, by.sent)
  )
}

/** The sessions of each user, without those that are over by now, and those that took over the content of a session. */
interface Families {
  readonly ofUser: Map<string | null, SessionFacts[]>
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
function isSettled(
  { reason, by, isCertain }: Omit<End, 'isSettled' | 'until'>,
  history: History,
): boolean {
  if (!isCertain || mayBeLost(by, history)) return false
  const isOfUser = reason === 'PASSWORD_CHANGED' || reason === 'USER_DEACTIVATED'
  const until = (by.answered ?? Infinity) + recovery
  return !(
    isOfUser &&
    faultsDuring(history, by.sent - recovery, until).some((each) => touches(each, by.process))
  )
}

/** May the store have lost the session before its key was replaced? Then its row stays, and a later end may mark that. */
function isOfLost(
  { reason, by }: Pick<End, 'by' | 'reason'>,
  session: SessionFacts,
  history: History,
): boolean {
  return reason === 'REPLACED' && lossesBefore(session, history, by.sent).length > 0
}

interface Struck extends Omit<End, 'isSettled' | 'until'> {
  readonly session: SessionFacts
}

function struckBy(
  facts: ReadonlyMap<string, SessionFacts>,
  families: Families,
  by: Operation,
  history: History,
): Struck[] {
  const { kind, outcome, session, landed, target, user } = by
  const isDone = outcome === 'done'
  const of = (id: string | null | undefined, reason: string, isCertain: boolean): Struck[] => {
    const found = id ? facts.get(id) : undefined
    return found ? [{ session: found, by, reason, isCertain }] : []
  }
  const reason = reasons[kind] ?? ''
  const replaced = isKeyChange(by) && landed !== session ? of(session, 'REPLACED', isDone) : []
  if (outcome === 'refused') return replaced
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
      if (user === undefined) return replaced
      const own = ownOf(families, by)
      const theirs = (families.ofUser.get(user) ?? []).filter((each) => !isOver(each, by, history))
      families.ofUser.set(user, theirs)
      const ends = theirs.flatMap((each) =>
        // One that was begun later is none of those.
        own.has(each.id) || (by.answered !== null && each.created.sent > by.answered)
          ? []
          : of(each.id, reason, isDone && isThere(each, by)),
      )
      return [...replaced, ...ends]
    }
    default:
      return []
  }
}

/** The sessions that it spares: a key change takes its own along, the one that asked, under either key. */
function ownOf(
  families: Families,
  { kind, session, landed }: Operation,
): ReadonlySet<string | null> {
  if (kind === 'change password') return new Set([session, landed])
  if (kind !== 'revoke others' || session === null) return new Set()
  // Another tab may change the key at the same time.
  const own = new Set([session])
  for (const each of own) for (const { id } of families.ofParent.get(each) ?? []) own.add(id)
  return own
}

/** Was the session there when `by` came? */
function isThere({ created }: SessionFacts, by: Operation): boolean {
  return created.answered !== null && created.answered < by.sent
}

/** A session that has just moved ends under its new key: for certain where its move had been answered by then. */
function descendants(families: Families, target: string | undefined, by: Operation): Struck[] {
  if (target === undefined) return []
  const isDone = by.outcome === 'done'
  return (families.ofParent.get(target) ?? []).flatMap((session) => [
    {
      session,
      by,
      reason: 'REVOKED',
      isCertain: isDone && by.target === target && isThere(session, by),
    },
    ...descendants(families, session.id, by),
  ])
}
