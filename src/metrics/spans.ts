import type { ContextAPI, Span, Tracer } from '@opentelemetry/api'
import type { Exchange } from '../http/exchange.ts'
import type { ServedRequest, WithSession } from '../session/serve.ts'
import type { SessionRoster } from '../session/roster.ts'
import { Refusal } from '../refusals.ts'
import type { Watch } from '../waiting/watch.ts'
import type { WatchedRoom } from './metrics.ts'

/** Spans of the host's traces. They name operations, codes and kinds of errors: no key, id, name, variable or message. */
export interface Spans {
  /** Makes each call of a room a span below the operation that makes it. */
  watch(room: WatchedRoom): Watch
  /** Makes each operation a span, in which its session is opened, used and stored. */
  traceOperations<Roster extends SessionRoster>(
    withSession: WithSession<Roster>,
  ): WithSession<Roster>
  /** Runs what belongs to no operation, such as a look of a stream, without spans: those of database drivers neither. */
  untraced<Result>(work: () => Result): Result
}

/** A request whose operation is known, where what serves it has said which it is. */
type Traced = ServedRequest & Partial<Pick<Exchange, 'purpose'>>

/** What the numbers of OpenTelemetry's `SpanStatusCode` say. */
const error = 2

/**
 * Where this is true in a context, SDKs of OpenTelemetry record no span: `suppressTracing` of @opentelemetry/core sets it. The
 * API's `createContextKey` gives the same symbol for the same words.
 */
const suppressed = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** The spans of `tracer`, in the contexts of `context`. */
export function createSpans(tracer: Tracer, context: ContextAPI): Spans {
  return {
    untraced,

    watch: (room) => (operation, call) => {
      const name = `${room} ${operation}`
      const traced = (...args: unknown[]) =>
        inSpan(name, (span) => {
          span.setAttribute('coatcheck.operation', name)
          return (call as unknown as (...args: unknown[]) => unknown)(...args)
        })
      return traced as unknown as typeof call
    },

    traceOperations: (withSession) => (exchange: Traced, work, isShared) => {
      const operation = exchange.purpose?.name ?? null
      return inSpan(operation === null ? 'graphql' : `graphql ${operation}`, (span) => {
        if (operation !== null) span.setAttribute('graphql.operation.name', operation)
        return withSession(
          exchange,
          (visit) => {
            const outcome = work(visit)
            if (outcome instanceof Promise) return outcome.then((result) => noted(span, result))
            return noted(span, outcome)
          },
          isShared,
        )
      })
    },
  }

  function untraced<Result>(work: () => Result): Result {
    return context.with(context.active().setValue(suppressed, true), work)
  }

  /** What `work` comes to, in a span that ends with it. */
  function inSpan<Result>(name: string, work: (span: Span) => Result): Result {
    return tracer.startActiveSpan(name, (span) => {
      let result: Result
      try {
        result = work(span)
      } catch (thrown) {
        fail(span, thrown)
        throw thrown
      }
      if (result instanceof Promise)
        result.then(
          () => span.end(),
          (reason: unknown) => fail(span, reason),
        )
      else span.end()
      return result
    })
  }
}

/** Notes the code of the first error of a result. */
function noted<Result>(span: Span, result: Result): Result {
  const { errors } = Object(result) as { errors?: readonly { extensions?: { code?: unknown } }[] }
  const code = errors?.[0]?.extensions?.code
  if (typeof code !== 'string') return result
  span.setAttribute('coatcheck.code', code)
  if (code === 'INTERNAL_SERVER_ERROR') span.setStatus({ code: error })
  return result
}

/** A refusal is an answer. What an error says may name a session, so that only its kind is told. */
function fail(span: Span, reason: unknown): void {
  if (reason instanceof Refusal) span.setAttribute('coatcheck.code', reason.code)
  else {
    span.setAttribute('error.type', reason instanceof Error ? reason.name : typeof reason)
    span.setStatus({ code: error })
  }
  span.end()
}
