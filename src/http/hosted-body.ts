import { isUint8Array } from 'node:util/types'
import type { IncomingMessage } from 'node:http'
import { beforeDeadline } from '../waiting/deadlines.ts'
import {
  asObject,
  assertForm,
  assertJson,
  parseObject,
  readBody,
  readForm,
  textOf,
  tooLarge,
  UnusableBody,
} from './body.ts'
import type { JsonObject } from './body.ts'
import type { Exchange } from './exchange.ts'

/**
 * The JSON object of a POST, of at most `limit` bytes: from the request, or from a host's own parser. The same rules hold for
 * both, also that of the content type: a host may parse forms, which a page of another origin can post. Rejects as `readBody`
 * does, and with `UnusableBody` where the host has read the body and left nothing, or where it does not arrive in time.
 */
export async function takeBody({ request, hosted }: Exchange, limit: number): Promise<JsonObject> {
  if (hosted === null) return readBody(request, limit)
  if (!isLeft(request, hosted.body))
    return beforeDeadline(readBody(request, limit), hosted.startDeadline, late)
  assertJson(request)
  const body = asText(hosted.body, limit)
  if (typeof body === 'string') return parseObject(body, 'A body')
  const length = assertLength(request, limit)
  const object = asObject(body, length ?? Infinity, 'A body')
  if (length === null && Buffer.byteLength(JSON.stringify(object)) > limit) throw tooLarge(limit)
  return object
}

/** The fields of a form, from the request or the host's parser. Leaves out nested fields, which some parsers make. */
export async function takeForm(
  { request, hosted }: Exchange,
  limit: number,
): Promise<URLSearchParams> {
  if (hosted === null) return readForm(request, limit)
  if (!isLeft(request, hosted.body))
    return beforeDeadline(readForm(request, limit), hosted.startDeadline, late)
  assertForm(request)
  const body = asText(hosted.body, limit)
  if (typeof body === 'string') return new URLSearchParams(body)
  const length = assertLength(request, limit)
  const fields = new URLSearchParams()
  for (const [name, value] of Object.entries(body ?? {}))
    for (const one of [value].flat()) if (typeof one === 'string') fields.append(name, one)
  if (length === null && Buffer.byteLength(fields.toString()) > limit) throw tooLarge(limit)
  return fields
}

/** Has the host read the body, and left it for us? Throws `UnusableBody` where it has read it and left nothing. */
function isLeft(request: IncomingMessage, body: unknown): boolean {
  const isRead = request.readableDidRead || request.destroyed
  // Some parsers leave an empty object beside what they did not read.
  if (!isRead) return typeof body === 'string' || isUint8Array(body) || isFilled(body)
  if (body === undefined)
    throw new UnusableBody(
      500,
      'The body of this request was read before it came here, and is not in request.body.',
    )
  return true
}

function isFilled(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length > 0
}

/** The text of a body that the host has read and not parsed; a parsed body as it is. */
function asText(body: unknown, limit: number): unknown {
  if (typeof body !== 'string' && !isUint8Array(body)) return body
  if (Buffer.byteLength(body) > limit) throw tooLarge(limit)
  return typeof body === 'string' ? body : textOf(body)
}

/** How many bytes the host has parsed. Null where the request does not say, or is compressed. */
function assertLength({ headers }: IncomingMessage, limit: number): number | null {
  const length = headers['content-length']
  if (length === undefined || headers['content-encoding'] !== undefined) return null
  if (Number(length) > limit) throw tooLarge(limit)
  return Number(length)
}

function late(): UnusableBody {
  const limit = 'HTTP_REQUEST_TIMEOUT'
  return new UnusableBody(408, `The request took too long to arrive (${limit}).`, limit)
}
