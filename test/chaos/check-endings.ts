import { causesOf, latestExpiry, mayHaveExpired } from './causes.ts'
import { isKeyChange } from './facts.ts'
import type { End, Seen, SessionFacts } from './facts.ts'
import { isBefore } from './history.ts'
import type { History, Violation } from './history.ts'

/** What is ended stays ended, what has expired is over, and no session is over without a cause. */
export function checkEndings(facts: SessionFacts, history: History): Violation[] {
  return [
    ...cameBack(facts, history),
    ...flickers(facts, history),
    ...outlivedItsAge(facts, history),
    ...isOverForNothing(facts, history),
    ...saysAnotherReason(facts, history),
  ]
}

function violation(
  rule: string,
  { id, user }: SessionFacts,
  message: string,
  ...shown: Seen['by'][]
): Violation {
  const whose = user === null ? 'a guest' : user
  return { rule, session: id, message: `The session of ${whose} ${message}`, operations: shown }
}

function cameBack(facts: SessionFacts, history: History): Violation[] {
  if (isReplayed(facts, history)) return []
  const found = facts.alive.flatMap(({ by }) => {
    const end = facts.ends.find(
      (each) => each.isCertain && isBefore(each.by, by) && !isAdmitted(each, history),
    )
    return end ? [{ end, by }] : []
  })
  return found
    .slice(0, 1)
    .map(({ end, by }) =>
      violation('ended means ended', facts, `was ended (${end.reason}), and answers.`, end.by, by),
    )
}

/** Where cookies carry sessions, no list has a guest's, and an old cookie of theirs opens it again. */
function isReplayed({ user }: SessionFacts, { keepsRecords }: History): boolean {
  return !keepsRecords && user === null
}

function isAdmitted({ by }: End, { faults }: History): boolean {
  const time = by.answered ?? Infinity
  return faults.some(({ loses, from, to }) => loses === 'moments' && from <= time && by.sent <= to)
}

/** Once seen to be over, it is over. A change of key that failed puts the session back that it had begun to replace. */
function flickers(facts: SessionFacts, history: History): Violation[] {
  if (isReplayed(facts, history)) return []
  for (const over of facts.over) {
    const { copy, answered } = over.by
    const mayBeUndone =
      // This cookie has expired, another one has not.
      (!history.keepsRecords && mayHaveExpired(facts, history, answered ?? Infinity, copy)) ||
      facts.ends.some(
        ({ by, isCertain }) => !isCertain && isKeyChange(by) && by.sent < (over.by.answered ?? 0),
      ) ||
      history.faults.some(
        ({ loses, to }) => loses === 'moments' && over.by.sent <= to, // seen on the side that was given up
      )
    if (mayBeUndone) continue
    const again = facts.alive.find(({ by }) => isBefore(over.by, by))
    if (again)
      return [
        violation('ended means ended', facts, 'was over, and answers again.', over.by, again.by),
      ]
  }
  return []
}

function outlivedItsAge(facts: SessionFacts, history: History): Violation[] {
  return facts.alive
    .filter(({ by }) => by.sent > latestExpiry(facts, history, by.sent, by.copy))
    .slice(0, 1)
    .map(({ by }) => violation('expired means over', facts, 'has expired, and answers.', by))
}

function isOverForNothing(facts: SessionFacts, history: History): Violation[] {
  return facts.over
    .filter(({ by }) => causesOf(facts, history, by.answered ?? by.sent, by).length === 0)
    .slice(0, 1)
    .map(({ by }) =>
      violation(
        'no session is lost',
        facts,
        'is over, and nothing ended it.',
        facts.created,
        ...facts.alive.slice(-1).map((seen) => seen.by),
        by,
      ),
    )
}

function saysAnotherReason(facts: SessionFacts, history: History): Violation[] {
  return facts.over.flatMap(({ by, sight }) => {
    const { reason } = sight
    if (!reason) return []
    const causes = causesOf(facts, history, by.answered ?? by.sent, by)
    // What a store has lost, it knows nothing of; no cause at all is told of above.
    if (causes.length === 0 || causes.some((each) => [reason, 'LOST'].includes(each.reason)))
      return []
    const known = causes.map((each) => each.reason).join(', ')
    return [
      violation('the reason is true', facts, `is over by ${known}, and says ${reason}.`, by),
    ].slice(0, 1)
  })
}
