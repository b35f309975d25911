import type { ExecutionResult, GraphQLError } from 'graphql'
import { getSSEProcessor } from 'graphql-yoga'
import type { FetchAPI } from 'graphql-yoga'
import { shortageOf, statusOf } from '../../failures.ts'
import { send, sendStream } from '../../http/answer.ts'
import { addHeader, setHeader } from '../../http/exchange.ts'
import type { Exchange } from '../../http/exchange.ts'
import { LimitExceeded } from '../limits.ts'
import { isStream } from '../masking.ts'
import type { Outcome } from '../masking.ts'
import { negotiate, notAcceptable } from './negotiation.ts'
import type { AnswerType } from './negotiation.ts'

/** Sends the outcome of an operation. */
export type SendOutcome = (exchange: Exchange, outcome: Outcome, type: AnswerType) => void

/** What an error says about the whole answer. */
interface ErrorHead {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Does plain JSON have status 200 all the same? Yoga marks errors of parameters so. */
  readonly spec?: boolean
}

/** Sends streams as events, by Yoga's `fetchAPI`, and a single result as JSON, with the status that its errors ask for. */
export function createSender(fetchAPI: FetchAPI): SendOutcome {
  const toEvents = getSSEProcessor()

  return (exchange, outcome, type) => {
    if (!isStream(outcome)) return sendSingle(exchange, outcome, type)
    const { request, response } = exchange
    if (negotiate(request.headers.accept, true) === null) {
      // A failure of `return` belongs to no answer.
      outcome[Symbol.asyncIterator]()
        .return?.()
        ?.catch(() => undefined)
      return sendSingle(exchange, { errors: [notAcceptable()] }, type)
    }
    void sendEvents(exchange, outcome).catch(() => response.destroy())
  }

  function sendSingle(exchange: Exchange, result: ExecutionResult, type: AnswerType): void {
    exchange.code = codeOf(result)
    const isRefused = result.errors !== undefined && !('data' in result)
    // EventSource asks by GET. After status 200 it would ask again every three seconds, in vain.
    if (isRefused && type === eventStream && exchange.request.method === 'GET')
      return sendResult(exchange, result, { type: 'application/json', saysStatus: true })
    if (isRefused && type === 'multipart/mixed')
      return sendResult(exchange, result, { type: 'application/json', saysStatus: false })
    if (type === eventStream)
      return void sendEvents(exchange, result).catch(() => exchange.response.destroy())
    sendResult(exchange, result, { type, saysStatus: type !== 'application/json' })
  }

  async function sendEvents(exchange: Exchange, outcome: Outcome): Promise<void> {
    const { body } = await toEvents(outcome as ExecutionResult, fetchAPI, eventStream)
    if (body === null) throw new Error('Yoga makes no stream of events without a body.')
    addHeader(exchange, 'Content-Type', eventStream)
    // Without this header, a proxy such as nginx holds a stream back until some kilobytes have come.
    addHeader(exchange, 'X-Accel-Buffering', 'no')
    await sendStream(exchange, isStream(outcome) ? 200 : statusFor(outcome, false), body)
  }
}

const eventStream = 'text/event-stream'

/** How to write a result. */
interface Form {
  readonly type: AnswerType
  /** Does a result without data have the status of its error? In plain JSON it has 200 (GraphQL over HTTP, section 6.4.1). */
  readonly saysStatus: boolean
}

function sendResult(exchange: Exchange, result: ExecutionResult, form: Form): void {
  const { type } = form
  const { errors } = result
  if (errors === undefined) return send(exchange, 200, mediaType(type), format(result, type))
  for (const { headers } of errors.map(headOf))
    for (const [name, value] of Object.entries(headers ?? {})) setHeader(exchange, name, value)
  const status = statusFor(result, form.saysStatus)
  send(exchange, status, mediaType(type), format({ ...result, errors: errors.map(visible) }, type))
}

/** The highest status that the errors ask for; 200 where none does. */
function statusFor(result: ExecutionResult, saysStatus: boolean): number {
  const { errors = [] } = result
  const isRefused = !('data' in result)
  const asked = errors.map((error) => {
    const { status, spec = false } = headOf(error)
    if (status !== undefined) return spec && !saysStatus ? 0 : status
    return saysStatus && isRefused ? statusOf(String(error.extensions['code'])) : 0
  })
  return Math.max(0, ...asked) || 200
}

function headOf({ originalError, extensions }: GraphQLError): ErrorHead {
  if (originalError instanceof LimitExceeded && originalError.status !== null)
    return { status: originalError.status }
  const { status, retryAfter = null } = shortageOf(originalError) ?? {}
  if (status !== undefined && retryAfter !== null)
    return { status, headers: { 'Retry-After': String(retryAfter) } }
  return (extensions['http'] ?? {}) as ErrorHead
}

function mediaType(type: AnswerType): string {
  return type === 'multipart/mixed' ? 'multipart/mixed; boundary="-"' : `${type}; charset=utf-8`
}

function format(result: ExecutionResult, type: AnswerType): string {
  const text = JSON.stringify(result)
  if (type !== 'multipart/mixed') return text
  const head = `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}`
  return `\r\n---\r\n${head}\r\n\r\n${text}\r\n-----\r\n`
}

/** Leaves out `http`, which is for this server. */
function visible(error: GraphQLError): GraphQLError {
  const { http: _http, ...extensions } = error.extensions
  const json = { ...error.toJSON(), extensions }
  return json as unknown as GraphQLError
}

function codeOf({ errors }: ExecutionResult): string | null {
  const code = errors?.[0]?.extensions['code']
  return typeof code === 'string' ? code : null
}
