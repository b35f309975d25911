import { SessionBusy, SessionInterrupted } from '../../refusals.ts'
import { beforeAskingAgain } from './before-asking-again.ts'
import type { Kept } from './changes.ts'
import type { SessionRoster } from '../roster.ts'
import type { SessionSettings } from '../settings.ts'

/** How often a write asks whether a change of key is over: for three quarters of a second. */
const questions = 6

/**
 * The session, once no other process is in the middle of a change of its key. What is stored under the old key then would be
 * lost where that process is killed: only the new key, which has reached no visitor, opens the session a little later. Throws
 * `SessionInterrupted` where the change has ended the session under this key, and `SessionBusy` where it takes too long.
 */
export async function unreplaced(
  { store }: Pick<SessionSettings, 'store'>,
  roster: Pick<SessionRoster, 'open' | 'isBeingReplaced'>,
  kept: Kept,
): Promise<Kept> {
  let present = kept
  for (let asked = 0; roster.isBeingReplaced(); asked++) {
    if (asked === questions)
      throw new SessionBusy('The key of this session is being changed. Try again.')
    if (asked > 0) await beforeAskingAgain(asked - 1)
    const record = await roster.open(kept.id, store)
    if (record === null) throw new SessionInterrupted()
    present = { ...kept, record }
  }
  return present
}

/**
 * The session that a change of key has found over, where it lives all the same: another change was under way, whose caller had
 * given it up, and it is taken back. Null where the session is over, or that change does not come to its end.
 */
export async function takenBack(
  settings: Pick<SessionSettings, 'store'>,
  roster: Pick<SessionRoster, 'open' | 'isBeingReplaced'>,
  kept: Kept,
): Promise<Kept | null> {
  const record = await roster.open(kept.id, settings.store)
  if (record === null) return null
  try {
    return await unreplaced(settings, roster, { ...kept, record })
  } catch (error) {
    if (error instanceof SessionBusy || error instanceof SessionInterrupted) return null
    throw error
  }
}
