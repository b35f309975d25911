import type { SessionFacts } from './facts.ts'
import { mayBeLost } from './fault-times.ts'
import { isKeyChange } from './facts.ts'
import { isBefore } from './history.ts'
import type { History, Operation, Violation } from './history.ts'

/** A change of key gives a key that there never was, and takes nothing along of a session that was ended. */
export function checkKeyChanges(
  history: History,
  facts: ReadonlyMap<string, SessionFacts>,
): Violation[] {
  return [
    ...history.operations.flatMap((by) => keepsKey(by, facts)),
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

/**
 * Whether the end came first or the change of key, what the session held is over: credentials that were just proven open an
 * empty session, and an end in the middle of a change of key is meant for both.
 */
function outlivesItsEnd(session: SessionFacts, history: History): Violation[] {
  for (let before = session.parent; before !== null; before = before.parent) {
    const writes = new Set([...before.stored, ...before.possible].map(({ id }) => id))
    const { user } = before
    const ends = before.ends.filter(
      ({ by, isCertain }) => isCertain && isMeantForBoth(by, user) && !mayBeLost(by, history),
    )
    for (const { by: end, reason } of ends) {
      const again = session.alive.find(
        ({ by, sight }) => isBefore(end, by) && sight.lines.some(([id]) => writes.has(id)),
      )
      if (again === undefined) continue
      const message = `The session of ${user ?? 'a guest'} was ended (${reason}), and goes on under a new key.`
      const operations = [end, session.created, again.by]
      return [{ rule: 'ended means ended', message, session: session.id, operations }]
    }
  }
  return []
}

/** A guest who leaves gives up the key that they hold, and no session that a login has opened. */
const isMeantForBoth = ({ kind, target }: Operation, user: string | null) =>
  target !== undefined || (kind === 'logout' && user !== null)
