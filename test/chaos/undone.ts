import { mayHaveExpired } from './causes.ts'
import { isKeyChange } from './facts.ts'
import type { SessionFacts } from './facts.ts'
import type { History, Operation } from './history.ts'
import { lateness } from './unanswered.ts'

/** When a session was seen to be over, and under which cookie, where cookies carry sessions. */
export type Moment = Pick<Operation, 'sent' | 'answered'> & { readonly copy?: string | undefined }

/** May a session that was seen to be over at that moment be open later? A change of key that failed puts the session back that it had begun to replace. */
export function mayBeUndone(
  { sent, answered, copy }: Moment,
  facts: SessionFacts,
  history: History,
): boolean {
  return (
    isReplayed(facts, history) ||
    // This cookie has expired, another one has not.
    (!history.keepsRecords && mayHaveExpired(facts, history, answered ?? Infinity, copy)) ||
    facts.ends.some(
      ({ by, isCertain }) =>
        !isCertain && isKeyChange(by) && by.sent < (answered ?? 0) && sent <= by.sent + lateness,
    ) ||
    // It was seen on the side that was given up.
    history.faults.some(({ loses, to }) => loses === 'moments' && sent <= to)
  )
}

/** Where cookies carry sessions, no list has a guest's, and an old cookie of theirs opens it again. */
export function isReplayed({ user }: SessionFacts, { keepsRecords }: History): boolean {
  return !keepsRecords && user === null
}
