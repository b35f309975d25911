import { performance } from 'node:perf_hooks'
import { pause } from '../../waiting/pause.ts'

/** How busy this process and its database were during a pause. */
export interface Load {
  /** The share of the pause in which the event loop was busy, from 0 to 1. */
  readonly worked: number
  /** How late the pause ended, in milliseconds: a request would have waited as long for the event loop. */
  readonly late: number
  /** How many callers wait for a place at the database. */
  readonly waiting: number
}

/** An idle process. */
export const noLoad: Load = { worked: 0, late: 0, waiting: 0 }

/**
 * Waits for so many milliseconds, or until `over` aborts, and says how busy the process was. It does not keep the process
 * alive.
 */
export type MeasureLoad = (milliseconds: number, over: AbortSignal) => Promise<Load>

/** Measures the event loop, which all requests share, and `waiting`, the length of the database's queue. */
export function createLoadMeter(waiting: () => number): MeasureLoad {
  return async (milliseconds, signal) => {
    const [start, before] = [performance.now(), performance.eventLoopUtilization()]
    await pause(milliseconds, { ref: false, signal })
    const { utilization } = performance.eventLoopUtilization(before)
    const late = performance.now() - start - milliseconds
    return { worked: utilization, late, waiting: waiting() }
  }
}

/** Do requests wait, so that upkeep should wait too? */
export function isBusy({ worked, late, waiting }: Load): boolean {
  return worked > 0.5 || late > 8 || waiting > 0
}
