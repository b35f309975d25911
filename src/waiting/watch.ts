/**
 * Makes of a call of the operation `operation` one that is timed, counted or traced, and otherwise the same: what it gives,
 * throws and rejects with is untouched. Made once for each operation, not for each call.
 */
export type Watch = <Call extends (...args: never[]) => unknown>(
  operation: string,
  call: Call,
) => Call

/** For an application that measures nothing: calls stay as they are. */
export const unwatched: Watch = (_operation, call) => call
