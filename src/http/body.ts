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
  const check = (size: number) => {
    if (size > limit) throw new LimitExceeded('bodyBytes', `A body holds ${limit} bytes at most`)
  }
  check(Number(request.headers['content-length'] ?? 0))
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    check(size)
    chunks.push(chunk as Buffer)
  }
  const text = decode(Buffer.concat(chunks))
  checkObject(text, 'A body')
  return text
}

/** The same rules for what a GET carries in its URL. Throws `UnusableBody`. */
export function checkQuery(url: string): void {
  const at = url.indexOf('?')
  const parameters = new URLSearchParams(at === -1 ? '' : url.slice(at))
  for (const name of ['variables', 'extensions']) {
    const text = parameters.get(name)
    if (text !== null && text !== 'null') checkObject(text, `What ${name} says`)
  }
}

/** Is there a body behind the request that nobody will read? Node would go on taking it, however long it is. */
export function hasUnreadBody({ headers, complete }: IncomingMessage): boolean {
  const isAnnounced = 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
  return isAnnounced && !complete
}

/** Far deeper than any value that the API takes, and far from where reading it would overflow the stack. */
const deepest = 1000

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UnusableBody(400, 'A body is text in UTF-8.') // TypeError: it is not
  }
}

function checkObject(text: string, what: string): void {
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnusableBody(400, `${what} is one JSON object.`)
  if (isTooDeep(value)) throw new UnusableBody(400, `${what} is nested ${deepest} deep at most.`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null // SyntaxError: not JSON
  }
}

function isTooDeep(value: unknown, depth = 1): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth > deepest || Object.values(value).some((inner) => isTooDeep(inner, depth + 1))
}
