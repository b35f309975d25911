import { performance } from 'node:perf_hooks'

/**
 * Milliseconds that this process has spent waiting for others since some time in the past. Time in which it stands still or
 * is starved does not count, and time on its own work counts a quarter: an answer that lies unread, or waits behind our own
 * requests, is not late. The clock moves only while `onTick` has a listener, in steps of `tick`.
 */
export function loopTime(): number {
  return time
}

/** How often the clock moves, in milliseconds: no deadline is kept more exactly. */
export const tick = 25

/**
 * Calls `listener` at every tick until it returns false. Adding it again meanwhile changes nothing, so that every request may do
 * so. One timer serves the whole process, and does not keep it alive.
 */
export function onTick(listener: () => boolean): void {
  listeners.add(listener)
  silentTicks = 0
  if (timer !== null) return
  lastAt = performance.now()
  lastIdle = performance.eventLoopUtilization().idle
  timer = setInterval(advance, tick).unref()
}

/** For how many ticks the timer goes on without a listener, so that requests which follow each other share one timer. */
const linger = 40

const listeners = new Set<() => boolean>()
let timer: NodeJS.Timeout | null = null
let silentTicks = 0
let time = 0
let lastAt = 0
let lastIdle = 0

function advance(): void {
  const at = performance.now()
  const { idle } = performance.eventLoopUtilization()
  const elapsed = at - lastAt
  const idled = Math.min(idle - lastIdle, elapsed)
  time += Math.min(tick, idled + (elapsed - idled) / 4)
  lastAt = at
  lastIdle = idle
  for (const listener of listeners) if (!listener()) listeners.delete(listener)
  silentTicks = listeners.size > 0 ? 0 : silentTicks + 1
  if (silentTicks <= linger || timer === null) return
  clearInterval(timer)
  timer = null
}
