// What Node checks of an answer when it is written. A held one is checked in the same way at the same moment, so that the
// error strikes the line that is wrong, and not the one that releases it.

type Callback = (error?: Error | null) => void

/** Node's error for what comes after the headers. */
export function headersSent(method: string): Error {
  return fault('ERR_HTTP_HEADERS_SENT', `Cannot call ${method} after the answer has begun`)
}

/** Throws Node's error for a status that cannot be. */
export function assertStatus(code: unknown): asserts code is number {
  if (typeof code === 'number' && code >= 100 && code <= 999) return
  throw fault('ERR_HTTP_INVALID_STATUS_CODE', `Invalid status code: ${String(code)}`, RangeError)
}

/** Throws Node's error for what is neither text nor bytes. Only `end` may have nothing to write. */
export function assertWritable(method: string, chunk: unknown): void {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return
  if (method === 'end' && (chunk == null || typeof chunk === 'function')) return
  if (chunk === null)
    throw fault('ERR_STREAM_NULL_VALUES', 'May not write null values to stream', TypeError)
  throw fault('ERR_INVALID_ARG_TYPE', 'An answer is written as a string or as bytes', TypeError)
}

/** How many bytes a `write` or an `end` with these arguments has. */
export function bytesOf([chunk, encoding]: readonly unknown[]): number {
  if (chunk instanceof Uint8Array) return chunk.byteLength
  if (typeof chunk !== 'string') return 0
  return Buffer.byteLength(
    chunk,
    typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8',
  )
}

/** The callback among the arguments of a `write` or an `end`; null where there is none. */
export function callbackOf(args: readonly unknown[]): Callback | null {
  const last = args.findLast((arg) => typeof arg === 'function')
  return last === undefined ? null : (last as Callback)
}

function fault(code: string, message: string, Kind: ErrorConstructor = Error): Error {
  return Object.assign(new Kind(message), { code })
}
