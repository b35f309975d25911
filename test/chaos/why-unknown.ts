import { grace } from '../../src/upkeep/upkeep.ts'
import { mayHaveExpired } from './causes.ts'
import { patienceForWord } from '../../src/auth/roster/last-words.ts'
import type { Cause } from './causes.ts'
import type { SessionFacts } from './facts.ts'
import { faultsDuring, mayKeepFromDatabase, recovery, touches } from './fault-times.ts'
import type { History } from './history.ts'

/** Who looks at a session that is over: which process, and when at the latest, in milliseconds. */
export interface Look {
  readonly process: number
  readonly time: number
}

/**
 * May nothing say, to this look, that the session is over for this cause? An end that was acknowledged is written down, in a
 * row that stays until after the session would have expired. Where a session has no row, a row is written before its end, by the
 * process that ends it. Only a fault that may have kept that process from the database excuses its lack, and for some seconds
 * an end that took so long that it may have come before its word.
 */
export function mayBeUnknown(
  { reason, by }: Cause,
  session: SessionFacts,
  history: History,
  { process, time }: Look,
): boolean {
  if (reason === 'LOST' || !('outcome' in by)) return true
  if (by.outcome !== 'done') return true
  const struckSince = (from: number, until: number) =>
    faultsDuring(history, from - recovery, until).some(
      (fault) => touches(fault, process) || touches(fault, by.process),
    )
  if (mayHaveExpired(session, history, time - grace)) return true // its row has been cleared
  const hasRow = history.hasRows || session.user !== null
  if (reason === 'EXPIRED')
    return !hasRow || !history.keepsRecords || struckSince(time - history.recheck, time)
  if (!hasRow && (reason === 'LOGOUT' || reason === 'REVOKED')) {
    const answered = by.answered ?? time
    if (answered - by.sent >= patienceForWord && time <= answered + recovery) return true
    return faultsDuring(history, by.sent - recovery, answered).some((fault) =>
      mayKeepFromDatabase(fault, by.process),
    )
  }
  // A change of the user is written into the rows after it. Of several, an unwritten row does not say which was the first.
  const ofUser = reason === 'PASSWORD_CHANGED' || reason === 'USER_DEACTIVATED'
  return ofUser && struckSince(by.sent, time)
}
