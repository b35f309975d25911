import type { IncomingMessage } from 'node:http'

/** The body cannot be used; `status` is the answer's. */
export class UnusableBody extends Error {
  readonly status: 400 | 413 | 415

  constructor(status: 400 | 413 | 415, message: string) {
    super(message)
    this.name = 'UnusableBody'
    this.status = status
  }
}

/**
 * The JSON text of a POST, at most `limit` bytes of it. Other content types are refused, because a page of another
 * origin can post them without asking first (Fetch's simple requests). Throws `UnusableBody`.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/json[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(type)) {
    throw new UnusableBody(415, 'Post application/json.')
  }
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new UnusableBody(415, 'Post it uncompressed.')
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > limit) throw new UnusableBody(413, `A body holds ${limit} bytes at most.`)
    chunks.push(chunk as Buffer)
  }
  return decode(Buffer.concat(chunks))
}

function decode(bytes: Buffer): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text
  } catch {
    // TypeError: not UTF-8. SyntaxError: not JSON.
  }
  throw new UnusableBody(400, 'A body is one JSON object in UTF-8.')
}
