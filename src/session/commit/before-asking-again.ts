import { doublingPause } from '../../waiting/doubling-pause.ts'
import { pause } from '../../waiting/pause.ts'
import type { PauseOptions } from '../../waiting/pause.ts'

const pauses = { first: 25, longest: 400 }

/**
 * Waits before the store or the roster is asked once more what has become of a change of key: 25 ms after the first time
 * (`before` is 0), then twice as long each time, and 400 ms at most.
 */
export function beforeAskingAgain(before: number, options?: PauseOptions): Promise<void> {
  return pause(doublingPause(pauses, before), options)
}
