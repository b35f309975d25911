import { lookAt } from './aftermath.ts'
import type { Aftermath } from './aftermath.ts'
import {
  noRecordOutlivesItsRow,
  rowsExpireWithTheirRecords,
  usersStayOut,
  whatExpiredIsOver,
  whatWasEndedIsNotCarriedOn,
  whatWasEndedIsNotSeen,
  whatWasEndedIsOver,
} from './ended-means-ended.ts'
import { failuresKeepTheSession, failuresLeaveNothing } from './errors-commit-nothing.ts'
import { keysAreIssued, othersStartEmpty, theOldKeyOpensNothing } from './new-keys.ts'
import { marksAreKept, noGuestTakesThePlace, nothingEndsByItself } from './no-lost-updates.ts'
import type { Played } from './story.ts'

/** A promise that a schedule has broken, and how. */
export interface Broken {
  readonly promise: Promised
  readonly how: string
}

/** The promises that every schedule is held to. */
export type Promised =
  | 'ended means ended'
  | 'no lost updates'
  | 'an unexpected error commits nothing'
  | 'a new key at every change of privilege'

/** The promises that `played` breaks. */
export async function brokenBy(played: Played): Promise<Broken[]> {
  const aftermath = await lookAt(played)
  return checks.flatMap(([promise, check]) => check(aftermath).map((how) => ({ promise, how })))
}

/** Each says in sentences how it is broken; none where it is kept. */
const checks: readonly (readonly [Promised, (aftermath: Aftermath) => string[]])[] = [
  ['ended means ended', whatWasEndedIsOver],
  ['ended means ended', whatWasEndedIsNotCarriedOn],
  ['ended means ended', whatExpiredIsOver],
  ['ended means ended', whatWasEndedIsNotSeen],
  ['ended means ended', usersStayOut],
  ['ended means ended', noRecordOutlivesItsRow],
  ['ended means ended', rowsExpireWithTheirRecords],
  ['no lost updates', marksAreKept],
  ['no lost updates', nothingEndsByItself],
  ['no lost updates', noGuestTakesThePlace],
  ['an unexpected error commits nothing', failuresLeaveNothing],
  ['an unexpected error commits nothing', failuresKeepTheSession],
  ['a new key at every change of privilege', theOldKeyOpensNothing],
  ['a new key at every change of privilege', othersStartEmpty],
  ['a new key at every change of privilege', keysAreIssued],
]
