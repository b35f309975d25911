import type { IncomingMessage, ServerResponse } from 'node:http'
import { NoSchemaIntrospectionCustomRule, validate } from 'graphql'
import type { DocumentNode, GraphQLError } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { RequestRoster } from '../auth/roster.ts'
import { useSession } from '../session/plugin.ts'
import type { SessionPluginOptions } from '../session/plugin.ts'
import { clientOf } from '../http/client.ts'
import type { TrustedProxies } from '../http/client.ts'
import type { Application, Context } from './context.ts'
import { useDeadline } from './deadline.ts'
import { parseWithin } from './document.ts'
import type { DocumentLimits } from './document.ts'
import { codeOf, errorResponse, publicError } from './errors.ts'
import { createRowBudget } from './keyset.ts'
import type { Limits } from '../http/limits.ts'
import { useNegotiation } from './negotiation.ts'
import { schema } from './schema.ts'
import { createProxyHint } from '../http/untrusted-proxy.ts'
import { useTrace } from './trace.ts'

/** How operations are run. */
export interface OperationOptions {
  readonly cookie: SessionPluginOptions<RequestRoster>['cookie']
  readonly allowedOrigins: readonly string[]
  readonly trustProxy: TrustedProxies
  readonly introspection: boolean
  readonly limits: Limits
}

/** What Yoga hands from the listener to the context. */
interface ServerContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Parsed documents are kept up to this much source, some thirty times as much memory. */
const cachedSource = 262_144

/** Whoever sends a document with more errors than this is helped by none of them. */
const mostErrors = 5

/** Yoga, without those of its defaults that do not fit cookies. What it is handed was judged and read before. */
export function createGraphQLServer(app: Application, options: OperationOptions) {
  const { limits, trustProxy, introspection, allowedOrigins } = options
  const hintAtProxy = createProxyHint(trustProxy !== 0, (message) => app.log.warn(message))
  return createYoga<ServerContext, Pick<Context, 'app' | 'client' | 'budget'>>({
    schema,
    context: ({ req }) => {
      hintAtProxy(req)
      return { app, client: clientOf(req, trustProxy), budget: createRowBudget(limits) }
    },
    graphiql: false,
    landingPage: false,
    healthCheckEndpoint: '\n', // it is found at the end of any URL, and no URL has this in it
    cors: false,
    multipart: false,
    batching: false,
    maxRequestBodySize: false,
    logging: false,
    maskedErrors: { maskError: (error) => publicError(error, app.log) },
    // Keyed by the source, so bounded by its size: ten thousand documents must not fill the heap. Failures are not kept.
    parserAndValidationCache: {
      documentCache: new LRUCache<string, DocumentNode>({
        maxSize: cachedSource,
        maxEntrySize: cachedSource / 16,
        sizeCalculation: (_document, source) => source.length + 1,
      }),
      errorCache: { get: () => undefined, set: () => undefined },
    },
    plugins: [
      useErrorCodes({ introspection, log: app.log }),
      useTrace(),
      useLimits(limits),
      useValidation({ introspection }),
      useDeadline(limits.timeout),
      useNegotiation(app.log),
      useOwnHeaders(allowedOrigins),
      useSession<RequestRoster>({
        settings: app.settings,
        openCarrier: app.openCarrier,
        cookie: options.cookie,
        attend: (_request, context) => app.sessions.attend((context as Context).client),
        warn: (message) => app.log.warn(message),
        refuse: (error) => errorResponse(error, app.log),
      }),
    ],
  })
}

/**
 * Yoga answers what does not parse or validate by itself, under codes of its own, and variables that are not of their
 * type with 200. An error that reaches it without a code is a fault. Where introspection is off, no error says what names
 * there are either.
 */
function useErrorCodes({ introspection, log }: { introspection: boolean; log: Logger }): Plugin {
  const finish = (error: GraphQLError, isWhole: boolean): GraphQLError => {
    const known = codeOf(error)
    if (known === null) return finish(publicError(error, log), isWhole)
    Object.assign(error.extensions, { code: known })
    if (isWhole && known === 'BAD_USER_INPUT')
      error.extensions['http'] ??= { status: 400, spec: true }
    if (isWhole && known === 'INTERNAL_SERVER_ERROR')
      error.extensions['http'] ??= { status: 500, spec: true }
    if (!introspection) error.message = withoutSuggestion(error.message)
    return error
  }
  return {
    onResultProcess({ result }) {
      if (!('errors' in result) || !result.errors) return
      result.errors = result.errors.map((error) => finish(error, !('data' in result)))
    },
  }
}

/** Searched from the end, once: what callers wrote may be in the message too, and as long as a body. */
function withoutSuggestion(message: string): string {
  const at = message.endsWith('?') ? message.lastIndexOf(' Did you mean ') : -1
  return at === -1 ? message : message.slice(0, at)
}

function useLimits(limits: DocumentLimits): Plugin {
  return {
    onParse({ setParseFn }) {
      setParseFn((source: string) => parseWithin(source, limits))
    },
  }
}

function useValidation({ introspection }: { introspection: boolean }): Plugin {
  return {
    onValidate({ addValidationRule, setValidationFn }) {
      if (!introspection) addValidationRule(NoSchemaIntrospectionCustomRule)
      setValidationFn((...[schema, document, rules]: Parameters<typeof validate>) =>
        validate(schema, document, rules, { maxErrors: mostErrors - 1 }),
      )
    },
  }
}

/**
 * Yoga lets caches keep its streams, and connections stay open whatever their clients or a stopping server asked for. A
 * proxy such as nginx holds a stream back until some kilobytes have come, unless it is told not to.
 */
function useOwnHeaders(allowedOrigins: readonly string[]): Plugin {
  return {
    onResponse({ response: { headers } }) {
      headers.set('Cache-Control', 'no-store')
      headers.delete('Connection')
      if (isStream(headers.get('content-type'))) headers.set('X-Accel-Buffering', 'no')
      if (allowedOrigins.length > 0) headers.append('Vary', 'Origin')
    },
  }
}

function isStream(type: string | null): boolean {
  return type !== null && /^(text\/event-stream|multipart\/mixed)/.test(type)
}
