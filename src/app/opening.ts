import { inTime } from '../waiting/in-time.ts'

/** Something that was opened, or why it could not be. */
export type Opening<Part> = PromiseSettledResult<Part>

/** What is wrong with several parts at once. Each of `errors` is about one of them. */
class Unusable extends AggregateError {
  constructor(errors: readonly Error[]) {
    super(errors, errors.map(({ message }) => message).join('\n'))
    this.name = 'Unusable'
  }
}

/** The one fault as it is, or all of them as one. */
export function asOneFault(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new Unusable(errors as Error[])
}

/** Why the parts that could not be opened could not be. */
export function faultsOf(openings: readonly Opening<unknown>[]): unknown[] {
  return openings.flatMap((opening) => (opening.status === 'rejected' ? [opening.reason] : []))
}

/** How long closing may take, in milliseconds. What hangs must not keep a process that has something to report. */
const patience = 5000

/** Closes everything, one after the other. Never rejects: no caller can act on what fails to close. */
export async function closeAll(parts: readonly (() => Promise<unknown> | undefined)[]) {
  for (const close of parts) {
    await inTime(Promise.resolve().then(close), patience).catch(() => undefined)
  }
}
