import type { SessionFacts } from './facts.ts'
import { mayBeLost } from './fault-times.ts'
import { isKeyChange } from './facts.ts'
import { isBefore } from './history.ts'
import type { History, Operation, Violation } from './history.ts'
import { isReplayed, mayBeUndone } from './undone.ts'

/** A change of key gives a key that there never was, and takes nothing along of a session that was ended. */
export function checkKeyChanges(
  history: History,
  facts: ReadonlyMap<string, SessionFacts>,
): Violation[] {
  return [
    ...history.operations.flatMap((by) => [...keepsKey(by, facts), ...givesAnothers(by, facts)]),
    ...[...facts.values()].flatMap((session) => outlivesItsEnd(session, history)),
  ]
}

function keepsKey(by: Operation, facts: ReadonlyMap<string, SessionFacts>): Violation[] {
  const { outcome, landed, session } = by
  if (!isKeyChange(by) || outcome !== 'done' || landed === null) return []
  const created = facts.get(landed)?.created
  if (landed !== session && created === by) return []
  const message = `A ${by.kind} was answered with a key that was there before it.`
  const operations = created ? [created, by] : [by]
  return [{ rule: 'a change of key gives a new one', message, session: landed, operations }]
}

/** A session that begins has a key that there never was: otherwise two visitors have one session. */
function givesAnothers(by: Operation, facts: ReadonlyMap<string, SessionFacts>): Violation[] {
  const { outcome, landed, session } = by
  if (landed === null || landed === session || (isKeyChange(by) && outcome === 'done')) return []
  const created = facts.get(landed)?.created
  if (created === undefined || created === by) return []
  const message = `A ${by.kind} began a session with a key that was there before it.`
  return [
    { rule: 'a session is its visitor’s', message, session: landed, operations: [created, by] },
  ]
}

/**
 * Whether the end came first or the change of key, what the session held is over: credentials that were just proven open an
 * empty session, and an end in the middle of a change of key is meant for both.
 */
function outlivesItsEnd(session: SessionFacts, history: History): Violation[] {
  for (let next = session; next.parent !== null; next = next.parent) {
    const before = next.parent
    const over = [
      ...before.ends
        .filter(
          ({ by, isCertain }) =>
            isCertain &&
            (isMeantForBoth(by, before.user) || isBefore(by, next.created)) &&
            !mayBeLost(by, history),
        )
        .map(({ by, reason }) => ({ by, how: `ended (${reason})` })),
      ...before.over
        .filter(({ by }) => isBefore(by, next.created) && !mayBeUndone(by, before, history))
        .map(({ by }) => ({ by, how: 'over' })),
    ]
    if (over.length === 0 || isReplayed(before, history)) continue
    const writes = new Set(heldBy(before))
    for (const { by: end, how } of over) {
      const again = session.alive.find(
        ({ by, sight }) => isBefore(end, by) && sight.lines.some(([id]) => writes.has(id)),
      )
      if (again === undefined) continue
      const message = `The session of ${before.user ?? 'a guest'} was ${how}, and goes on under a new key.`
      const operations = [end, next.created, again.by]
      return [{ rule: 'ended means ended', message, session: session.id, operations }]
    }
  }
  return []
}

/** What a session may hold: its own writes, and those of the sessions before it. */
function heldBy({ stored, possible, parent }: SessionFacts): number[] {
  const own = [...stored, ...possible].map(({ id }) => id)
  return parent ? [...own, ...heldBy(parent)] : own
}

/** Is it meant for a session that a change of key begins at the same time? A guest who leaves gives up the key that they hold, and no session that a login has opened. */
const isMeantForBoth = ({ kind, target }: Operation, user: string | null) =>
  target !== undefined || (kind === 'logout' && user !== null)
