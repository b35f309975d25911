import type { ExecutionResult, GraphQLError } from 'graphql'
import { getSSEProcessor } from 'graphql-yoga'
import type { FetchAPI } from 'graphql-yoga'
import { send, sendStream } from '../http/answer.ts'
import { addHeader, setHeader } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import { isStream } from './masking.ts'
import type { Outcome } from './masking.ts'
import { statusForEventSource } from './negotiation.ts'
import type { AnswerType } from './negotiation.ts'

/** Writes the outcome of operations. */
export type SendOutcome = (exchange: Exchange, outcome: Outcome, type: AnswerType) => void

/** What an error asks of the answer as a whole. */
interface ErrorHead {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Does the status hold for application/graphql-response+json alone (GraphQL over HTTP, section 6.4.1)? */
  readonly spec?: boolean
}

/** Yoga makes streams of events, by `fetchAPI`; a single result is JSON, with the status that its errors ask for. */
export function createSender(fetchAPI: FetchAPI): SendOutcome {
  const toEvents = getSSEProcessor()

  return (exchange, outcome, type) => {
    if (!isStream(outcome)) {
      exchange.code = codeOf(outcome)
      // EventSource asks by GET, and would ask again every three seconds for what cannot be had.
      const isRefused = outcome.errors !== undefined && !('data' in outcome)
      if (isRefused && type === eventStream && exchange.request.method === 'GET')
        return sendResult(exchange, outcome, 'application/json', statusForEventSource)
      if (isRefused && type === 'multipart/mixed')
        return sendResult(exchange, outcome, 'application/json')
      if (type !== eventStream) return sendResult(exchange, outcome, type)
    }
    void sendEvents(exchange, outcome).catch(() => exchange.response.destroy())
  }

  async function sendEvents(exchange: Exchange, outcome: Outcome): Promise<void> {
    const { status, body } = await toEvents(outcome as ExecutionResult, fetchAPI, eventStream)
    if (body === null) throw new Error('Yoga makes no stream of events without a body.')
    addHeader(exchange, 'Content-Type', eventStream)
    // A proxy such as nginx holds a stream back until some kilobytes have come, unless this header forbids it.
    addHeader(exchange, 'X-Accel-Buffering', 'no')
    await sendStream(exchange, status, body)
  }
}

const eventStream = 'text/event-stream'

function sendResult(
  exchange: Exchange,
  result: ExecutionResult,
  type: AnswerType,
  statusOf?: (code: unknown) => number,
): void {
  const { errors } = result
  if (errors === undefined) return send(exchange, 200, mediaType(type), format(result, type))
  const heads = errors.map(({ extensions }) => (extensions['http'] ?? {}) as ErrorHead)
  for (const { headers } of heads)
    for (const [name, value] of Object.entries(headers ?? {})) setHeader(exchange, name, value)
  const counted = heads.filter(({ spec }) => !(spec && type === 'application/json' && !statusOf))
  const asked = Math.max(0, ...counted.map(({ status = 0 }) => status))
  const status = asked || (statusOf?.(errors[0]?.extensions['code']) ?? 200)
  send(exchange, status, mediaType(type), format({ ...result, errors: errors.map(visible) }, type))
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

/** What an error asks of the answer is no news for its caller. */
function visible(error: GraphQLError): GraphQLError {
  const { http: _http, ...extensions } = error.extensions
  const json = { ...error.toJSON(), extensions }
  return json as unknown as GraphQLError
}

function codeOf({ errors }: ExecutionResult): string | null {
  const code = errors?.[0]?.extensions['code']
  return typeof code === 'string' ? code : null
}
