import { onTick } from './loop-clock.ts'
import { createWaitingList } from './waiting-list.ts'

/** Starts a deadline, which calls `onPassed` when its time has passed. Gives the function that clears it; later that does nothing. */
export type StartDeadline = (onPassed: () => void) => () => void

/**
 * Deadlines of so many milliseconds of `loopTime`, so that none passes because this process had other work to do. The one clock
 * of the process keeps all of them: a deadline has neither a timer nor a promise of its own.
 */
export function createDeadlines(milliseconds: number): StartDeadline {
  const running = createWaitingList()

  return (onPassed) => {
    const deadline = running.add(milliseconds, onPassed)
    onTick(passLate)
    return () => void running.remove(deadline)
  }

  function passLate(): boolean {
    for (const { since, due, giveUp } of running.takeLate()) giveUp(silence(due - since))
    return running.oldest !== null
  }
}

/** The result of `work`. Rejects with the error of `late` where the time passes first; the work goes on without its caller. */
export function beforeDeadline<Result>(
  work: Promise<Result>,
  startDeadline: StartDeadline,
  late: () => Error,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const clear = startDeadline(() => reject(late()))
    work.finally(clear).then(resolve, reject)
  })
}

/** The error for a caller that gave up its wait after so many milliseconds. */
export function silence(milliseconds: number): Error {
  return new Error(`No answer within ${Math.round(milliseconds)} ms.`)
}
