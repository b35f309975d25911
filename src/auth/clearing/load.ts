import { performance } from 'node:perf_hooks'
import { pause } from '../../waiting/pause.ts'

/** How busy this process and its database were during a pause. */
export interface Load {
  /** How much of the pause the event loop has worked, from 0 to 1. */
  readonly worked: number
  /** How much later than it should the pause ended, in milliseconds: so long has a request waited for the event loop. */
  readonly late: number
  /** How many callers wait for a place at the database. */
  readonly waiting: number
}

/** Nothing waits. */
export const noLoad: Load = { worked: 0, late: 0, waiting: 0 }

/** Waits for so many milliseconds, or until `over` aborts, and says how busy the process was. It keeps no process alive. */
export type MeasureLoad = (milliseconds: number, over: AbortSignal) => Promise<Load>

/** Watches the event loop, which works on all requests, and `waiting`, the queue of the database. */
export function createLoadMeter(waiting: () => number): MeasureLoad {
  return async (milliseconds, signal) => {
    const [start, before] = [performance.now(), performance.eventLoopUtilization()]
    await pause(milliseconds, { ref: false, signal })
    const { utilization } = performance.eventLoopUtilization(before)
    const late = performance.now() - start - milliseconds
    return { worked: utilization, late, waiting: waiting() }
  }
}

/** Do requests wait, so that what can wait should? */
export function isBusy({ worked, late, waiting }: Load): boolean {
  return worked > 0.5 || late > 8 || waiting > 0
}
