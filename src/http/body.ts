import { isUtf8 } from 'node:buffer'
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

/** What one JSON object holds. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * The JSON object of a POST, of at most `limit` bytes. It refuses other content types, because a page of another origin
 * can post them without a preflight (Fetch's simple requests). Rejects with `UnusableBody` or `LimitExceeded`, and with
 * another error where the client leaves before its end.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<JsonObject> {
  if (!isJson(request.headers['content-type'] ?? ''))
    throw new UnusableBody(415, 'Post application/json.')
  const text = await readText(request, limit)
  return parseObject(text.startsWith('\ufeff') ? text.slice(1) : text, 'A body')
}

/**
 * The fields of a form that a page posts, of at most `limit` bytes. Any page can post one, so the origin must have been
 * judged before. Rejects as `readBody` does.
 */
export async function readForm(request: IncomingMessage, limit: number): Promise<URLSearchParams> {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    throw new UnusableBody(415, 'Post a form.')
  return new URLSearchParams(await readText(request, limit))
}

async function readText(request: IncomingMessage, limit: number): Promise<string> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new UnusableBody(415, 'Post it uncompressed.')
  const bytes = await readBytes(request, limit)
  if (!isUtf8(bytes)) throw new UnusableBody(400, 'A body is text in UTF-8.')
  return bytes.toString()
}

/** The same for what a GET carries in its URL, where texts that are empty count as left out. Throws `UnusableBody`. */
export function readQuery(url: string): JsonObject {
  const at = url.indexOf('?')
  const parameters = new URLSearchParams(at === -1 ? '' : url.slice(at))
  const found: Record<string, unknown> = {}
  for (const name of ['query', 'operationName']) {
    const text = parameters.get(name)
    if (text) found[name] = text
  }
  for (const name of ['variables', 'extensions']) {
    const text = parameters.get(name)
    if (text !== null && text !== 'null') found[name] = parseObject(text, `What ${name} says`)
  }
  return found
}

/** Does a body follow the request that the server will not read? Node would go on taking it, however long it is. */
export function hasUnreadBody({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
}

const plainJson = 'application/json'

function isJson(type: string): boolean {
  return (
    type === plainJson || /^application\/json[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(type)
  )
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => new LimitExceeded('bodyBytes', `A body holds ${limit} bytes at most`)
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(tooLarge())
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      request.off('data', take).pause()
      reject(tooLarge())
    }
    request
      .on('data', take)
      .once('end', () =>
        resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
      )
      .once('error', reject)
      .once('close', () => {
        if (!request.complete) reject(new Error('The client left before the end of its request.'))
      })
  })
}

/** The deepest JSON that is read: far deeper than any value of the API, and far from overflowing the stack. */
const deepest = 1000

function parseObject(text: string, what: string): JsonObject {
  const value = parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnusableBody(400, `${what} is one JSON object.`)
  // Each level takes two characters at least.
  if (text.length > 2 * deepest && isTooDeep(value))
    throw new UnusableBody(400, `${what} is nested ${deepest} deep at most.`)
  return value as JsonObject
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
