import { vi } from 'vitest'

/** Pauses that are shorter, in milliseconds, are between two attempts; longer ones are time-outs. */
const longestPause = 500

/**
 * Takes time out of the hands of the code under test: its pauses end at once, and its time-outs never come. What is late
 * is for the scheduler to say.
 */
export function ownTime(): void {
  vi.stubGlobal('setTimeout', (work: () => void, milliseconds: number) => {
    if (milliseconds < longestPause) queueMicrotask(work)
    return { unref() {} }
  })
}
