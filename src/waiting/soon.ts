/** A result that is there at once where nothing has to wait, and otherwise comes by a promise. `await` takes either. */
export type Soon<Result> = Result | Promise<Result>

/** What `next` makes of `value`: at once where it is there, and otherwise when it comes. */
export function after<Value, Result>(
  value: Soon<Value>,
  next: (value: Value) => Soon<Result>,
): Soon<Result> {
  return value instanceof Promise ? value.then(next) : next(value)
}
