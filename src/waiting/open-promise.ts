/** A promise, and the functions that settle it. */
export interface OpenPromise<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value): void
  reject(error: Error): void
}

/** A promise that others settle. Where no caller waits for it, its rejection is no fault. */
export function createPromise<Value>(): OpenPromise<Value> {
  let resolve: (value: Value) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<Value>((...both) => ([resolve, reject] = both))
  promise.catch(() => {})
  return { promise, resolve, reject }
}
