import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { settings } from '../config/settings.ts'

/** The body cannot be used; `status` is for the answer. 500: the host application has read the body, and left nothing. */
export class UnusableBody extends Error {
  readonly status: 400 | 408 | 413 | 415 | 500
  readonly code: 'BAD_USER_INPUT' | 'INTERNAL_SERVER_ERROR'
  /** The setting whose limit the request has passed. */
  readonly setting: string | null

  constructor(status: 400 | 408 | 413 | 415 | 500, message: string, setting: string | null = null) {
    super(message)
    this.name = 'UnusableBody'
    this.status = status
    this.code = status === 500 ? 'INTERNAL_SERVER_ERROR' : 'BAD_USER_INPUT'
    this.setting = setting
  }
}

/** The members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * The JSON object of a POST, of at most `limit` bytes. It refuses other content types, because a page of another origin
 * can post them without a preflight (Fetch's simple requests). Rejects with `UnusableBody`, and with
 * another error where the client leaves before its end.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<JsonObject> {
  assertJson(request)
  return parseObject(await readText(request, limit), 'A body')
}

/**
 * The fields of a form that a page posts, of at most `limit` bytes. A page of any site can post one: judge the origin first.
 * Rejects as `readBody` does.
 */
export async function readForm(request: IncomingMessage, limit: number): Promise<URLSearchParams> {
  assertForm(request)
  return new URLSearchParams(await readText(request, limit))
}

async function readText(request: IncomingMessage, limit: number): Promise<string> {
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity')
    throw new UnusableBody(415, 'Post it uncompressed.')
  return textOf(await readBytes(request, limit))
}

/** The text of `bytes`. Throws `UnusableBody` where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new UnusableBody(400, 'A body is text in UTF-8.')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
}

/** Does the request have a body that the server will not read? Node would go on receiving it, however long it is. */
export function hasUnreadBody({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) > 0
}

const plainJson = 'application/json'

/** Throws `UnusableBody` where the request carries anything but JSON. */
export function assertJson({ headers }: IncomingMessage): void {
  const type = headers['content-type'] ?? ''
  if (
    type !== plainJson &&
    !/^application\/json[ \t]*(;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(type)
  )
    throw new UnusableBody(415, 'Post application/json.')
}

/** Throws `UnusableBody` where the request carries anything but a form. */
export function assertForm({ headers }: IncomingMessage): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';')
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded')
    throw new UnusableBody(415, 'Post a form.')
}

/** The error of a body that has more than `limit` bytes. */
export function tooLarge(limit: number): UnusableBody {
  const { variable } = settings.limits.bodyBytes
  return new UnusableBody(413, `A body holds ${limit} bytes at most (${variable}).`, variable)
}

function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limit) return reject(tooLarge(limit))
    const chunks: Buffer[] = []
    let size = 0
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) return void chunks.push(chunk)
      request.off('data', take).pause()
      reject(tooLarge(limit))
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

/** The deepest JSON that it accepts: far deeper than any value of the API, and far from overflowing the stack. */
const deepest = 1000

/** `text` as one JSON object, called `what` in the error. Throws `UnusableBody`. */
export function parseObject(text: string, what: string): JsonObject {
  return asObject(parse(text.startsWith('\ufeff') ? text.slice(1) : text), text.length, what)
}

/** The same for a parsed value, whose text had so many characters. */
export function asObject(value: unknown, characters: number, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UnusableBody(400, `${what} is one JSON object.`)
  // Each level takes two characters at least.
  if (characters > 2 * deepest && isTooDeep(value))
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
