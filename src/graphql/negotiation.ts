import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import { errorResponse } from './errors.ts'

/** What clients are told that speak a protocol which this server does not, in the words that they understand. */
export function useNegotiation(log: Logger): Plugin {
  return {
    // What cannot be answered is not run: its caller would take what it did for not done.
    onParams({ request, params: { query, extensions } }) {
      if (!accepts(request).some(isSpoken)) throw notAcceptable()
      if (query == null && extensions?.['persistedQuery'] != null) throw notPersisted()
    },

    // A stream that cannot be had. EventSource asks by GET, and takes any answer of 200 for a connection that broke: it
    // would ask again every three seconds. Any other status is its end. Other clients post, and read the errors as an event.
    onResultProcess({ request, result, setResultProcessor }) {
      if (request.method !== 'GET' || !wantsEvents(request)) return
      if (!('errors' in result) || 'data' in result) return
      const [error] = result.errors ?? []
      if (error === undefined) return
      const status = statuses[String(error.extensions['code'])] ?? 400
      error.extensions['http'] = { status, ...(error.extensions['http'] as object | undefined) }
      setResultProcessor(() => errorResponse(error, log), json)
    },

    onResponse({ request, response, setResponse }) {
      if (response.status !== 406) return
      const type = accepts(request).some(({ type }) => type === graphqlJson) ? graphqlJson : json
      setResponse(errorResponse(notAcceptable(), log, type))
    },
  }
}

/** Apollo's and urql's links go by the message, and send the document from then on. */
function notPersisted(): GraphQLError {
  const extensions = { code: 'PERSISTED_QUERY_NOT_SUPPORTED', http: { status: 200 } }
  return new GraphQLError('PersistedQueryNotSupported', { extensions })
}

/** Nothing of what the caller accepts can carry this answer: as a rule a stream, which Apollo's HttpLink asks for as multipart. */
function notAcceptable(): GraphQLError {
  return new GraphQLError(
    'Subscriptions are spoken as text/event-stream (GraphQL over SSE), such as graphql-sse reads; anything else as application/json. The README says how, under "Live updates".',
    {
      extensions: {
        code: 'NOT_ACCEPTABLE',
        accept: ['text/event-stream', graphqlJson, json],
        http: { status: 406 },
      },
    },
  )
}

const json = 'application/json'
const graphqlJson = 'application/graphql-response+json'

/** What answers are written in: see useResultProcessors of Yoga. */
const spoken = [graphqlJson, json, 'text/event-stream', 'multipart/mixed'].map((type) =>
  type.split('/'),
)

/** What EventSource is answered instead of a stream; 400 for any other code. */
const statuses: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NO_SESSION: 404,
  TOO_MANY_STREAMS: 429,
  INTERNAL_SERVER_ERROR: 500,
}

function wantsEvents(request: Request): boolean {
  return accepts(request).every(({ type }) => type === 'text/event-stream')
}

/** Yoga's own verdict, which it reaches when all is done: other charsets are none, and `q` does not matter. */
function isSpoken({ type, charset }: Accepted): boolean {
  if (charset !== null && charset !== 'utf-8') return false
  const [kind, form] = type.split('/')
  return spoken.some(
    ([ofKind, ofForm]) => [ofKind, '*'].includes(kind ?? '') && [ofForm, '*'].includes(form ?? ''),
  )
}

/** One of the types that a caller accepts. */
interface Accepted {
  readonly type: string
  readonly charset: string | null
}

/** Everything, where nothing is said. */
function accepts({ headers }: Request): Accepted[] {
  const said = (headers.get('accept') || '*/*').replace(/\s/g, '').toLowerCase()
  return said.split(',').map((one) => ({
    type: one.split(';', 1)[0] ?? '',
    charset: /;charset=([^;]*)/.exec(one)?.[1] ?? null,
  }))
}
