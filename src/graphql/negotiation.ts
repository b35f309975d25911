import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Logger } from 'pino'
import { errorResponse } from './errors.ts'

/** What clients are told that speak a protocol which this server does not, in the words that they understand. */
export function useNegotiation(log: Logger): Plugin {
  return {
    onParams({ params: { query, extensions } }) {
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
      const type = accepts(request).includes(graphqlJson) ? graphqlJson : json
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

/** What EventSource is answered instead of a stream; 400 for any other code. */
const statuses: Record<string, number> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NO_SESSION: 404,
  TOO_MANY_STREAMS: 429,
  INTERNAL_SERVER_ERROR: 500,
}

function wantsEvents(request: Request): boolean {
  return accepts(request).join() === 'text/event-stream'
}

function accepts({ headers }: Request): string[] {
  const types = (headers.get('accept') ?? '').toLowerCase().split(',')
  return types.map((type) => type.split(';', 1)[0]?.trim() ?? '')
}
