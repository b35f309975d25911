import type { IncomingMessage } from 'node:http'
import { LimitExceeded } from './limits.ts'

/** The body cannot be used; `status` is the answer's. */
export class UnusableBody extends Error {
  readonly status: 400 | 415

  constructor(status: 400 | 415, message: string) {
    super(message)
    this.name = 'UnusableBody'
    this.status = status
  }
}

/**
 * The JSON text of a POST, at most `limit` bytes of it. Other content types are refused, because a page of another
 * origin can post them without asking first (Fetch's simple requests). Throws `UnusableBody`, or `LimitExceeded`.
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
    if (size > limit) throw new LimitExceeded('bodyBytes', `A body holds ${limit} bytes at most`)
    chunks.push(chunk as Buffer)
  }
  return decode(Buffer.concat(chunks))
}

/** Deeper than anything that the API takes: a value that visitors store is nested 16 deep at most. */
const deepest = 32

function decode(bytes: Buffer): string {
  const [text, value] = parse(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnusableBody(400, 'A body is one JSON object in UTF-8.')
  check(value, 1)
  return text
}

function parse(bytes: Buffer): [text: string, value: unknown] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return [text, JSON.parse(text)]
  } catch {
    return ['', null] // TypeError: not UTF-8. SyntaxError: not JSON.
  }
}

/** Half a character (a lone surrogate) cannot be written in UTF-8: stored or hashed, all of them would be the same. */
function check(value: unknown, depth: number): void {
  if (typeof value === 'string' && !value.isWellFormed())
    throw new UnusableBody(400, 'Text is well-formed Unicode.')
  if (typeof value !== 'object' || value === null) return
  if (depth > deepest) throw new UnusableBody(400, `A body is nested ${deepest} deep at most.`)
  for (const [name, inner] of Object.entries(value)) {
    check(name, depth)
    check(inner, depth + 1)
  }
}
