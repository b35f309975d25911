/**
 * Gives a function that does what `call` does, and that is timed, counted or traced under the name `operation`. It gives, throws
 * and rejects as `call` does. Call this once for each operation, not for each call.
 */
export type Watch = <Call extends (...args: never[]) => unknown>(
  operation: string,
  call: Call,
) => Call

/** For an application that measures nothing: calls stay as they are. */
export const unwatched: Watch = (_operation, call) => call
