import { aspectOf, causesOf, firstCausesOf, latestExpiry } from './causes.ts'
import type { Seen, SessionFacts } from './facts.ts'
import { mayBeLost } from './fault-times.ts'
import { isBefore } from './history.ts'
import type { History, Violation } from './history.ts'
import { heardBy } from './unanswered.ts'
import { isReplayed, mayBeUndone } from './undone.ts'
import { mayBeUnknown } from './why-unknown.ts'

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
  const found = facts.open.flatMap((by) => {
    const end = facts.ends.find(
      (each) => each.isCertain && isBefore(each.by, by) && !mayBeLost(each.by, history),
    )
    return end ? [{ end, by }] : []
  })
  return found
    .slice(0, 1)
    .map(({ end, by }) =>
      violation('ended means ended', facts, `was ended (${end.reason}), and answers.`, end.by, by),
    )
}

/** Once seen to be over, it is over. */
function flickers(facts: SessionFacts, history: History): Violation[] {
  for (const { by: over } of facts.over) {
    if (mayBeUndone({ ...over, copy: aspectOf(over).copy }, facts, history)) continue
    const again = facts.open.find((by) => isBefore(over, by))
    if (again)
      return [violation('ended means ended', facts, 'was over, and answers again.', over, again)]
  }
  return []
}

function outlivedItsAge(facts: SessionFacts, history: History): Violation[] {
  return facts.open
    .filter((by) => by.sent > latestExpiry(facts, history, by.sent, by.copy))
    .slice(0, 1)
    .map((by) => violation('expired means over', facts, 'has expired, and answers.', by))
}

function isOverForNothing(facts: SessionFacts, history: History): Violation[] {
  return (
    facts.over
      // An answer that leaves open what was done may say all the same that the session is over.
      .filter(({ by }) => causesOf(facts, history, heardBy(by), aspectOf(by)).length === 0)
      .slice(0, 1)
      .map(({ by }) =>
        violation(
          'no session is lost',
          facts,
          'is over, and nothing ended it.',
          facts.created,
          ...facts.open.slice(-1),
          by,
        ),
      )
  )
}

/** Why it is over is the first that ended it. Nothing is said only where nothing may be known. */
function saysAnotherReason(facts: SessionFacts, history: History): Violation[] {
  return facts.over
    .flatMap(({ by, sight }) => {
      const { reason } = sight
      const time = by.answered ?? by.sent
      const causes = firstCausesOf(facts, history, time, aspectOf(by))
      // No cause at all is told of above. Of what a store has lost it may know nothing.
      if (causes.length === 0) return []
      const known = causes.map((each) => each.reason).join(', ')
      const said = (rule: string, message: string) => [
        violation(rule, facts, `is over by ${known}, and says ${message}.`, by),
      ]
      if (reason)
        return causes.some((each) => each.reason === reason)
          ? []
          : said('the reason is true', reason)
      const look = { process: by.process, time }
      return by.kind !== 'read' || causes.some((cause) => mayBeUnknown(cause, facts, history, look))
        ? []
        : said('an end says why', 'nothing of it')
    })
    .slice(0, 1)
}
