/**
 * Waits for so many milliseconds. By the timer of the global object and not that of `node:timers/promises`, so that a test
 * which plays every order of two requests can let time pass as it likes.
 */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds))
}
