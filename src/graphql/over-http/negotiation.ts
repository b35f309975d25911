import { GraphQLError } from 'graphql'
import { statusOf } from '../../failures.ts'

/** The media types of answers. */
export type AnswerType =
  'application/json' | 'application/graphql-response+json' | 'text/event-stream' | 'multipart/mixed'

/** For one result. */
const regular: readonly AnswerType[] = ['application/json', 'application/graphql-response+json']
const single: readonly AnswerType[] = ['multipart/mixed', 'text/event-stream']
const streams: readonly AnswerType[] = ['text/event-stream']

/**
 * The type of an answer: the first in the Accept header that can carry it; JSON where the header accepts any; null where no
 * type can. It takes UTF-8 only, and ignores `q`, as Yoga does.
 */
export function negotiate(accept: string | undefined, isStream: boolean): AnswerType | null {
  if (isStream) return firstOf(readAccept(accept), streams)
  if (accept === undefined || accept === '*/*' || accept === 'application/json')
    return 'application/json'
  const types = readAccept(accept)
  return firstOf(types, regular) ?? single.find((type) => firstOf(types, [type]) !== null) ?? null
}

/**
 * The caller accepts no type that can carry this answer: as a rule a stream, which Apollo's HttpLink asks for as multipart.
 */
export function notAcceptable(): GraphQLError {
  return new GraphQLError(
    'Subscriptions are spoken as text/event-stream (GraphQL over SSE), such as graphql-sse reads; anything else as application/json. docs/frontend.md says how, under "Live updates".',
    {
      extensions: {
        code: 'NOT_ACCEPTABLE',
        accept: ['text/event-stream', 'application/graphql-response+json', 'application/json'],
        http: { status: statusOf('NOT_ACCEPTABLE') },
      },
    },
  )
}

/** Apollo's and urql's links recognise this message, and then send the document. */
export function notPersisted(): GraphQLError {
  const extensions = { code: 'PERSISTED_QUERY_NOT_SUPPORTED', http: { status: 200 } }
  return new GraphQLError('PersistedQueryNotSupported', { extensions })
}

/** RFC 9110, section 9.2.1: a GET must change nothing. */
export function mutationByGet(): GraphQLError {
  return new GraphQLError('Can only perform a mutation operation from a POST request.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 405, headers: { Allow: 'POST' } } },
  })
}

function firstOf(accepted: readonly string[], types: readonly AnswerType[]): AnswerType | null {
  for (const type of accepted) {
    const found = types.find((one) => isMatch(type, one))
    if (found !== undefined) return found
  }
  return null
}

function isMatch(accepted: string, type: AnswerType): boolean {
  const [kind, form] = accepted.split('/')
  const [ofKind, ofForm] = type.split('/')
  return (kind === '*' || kind === ofKind) && (form === '*' || form === ofForm)
}

function readAccept(accept: string | undefined): string[] {
  const said = (accept || '*/*').replace(/\s/g, '').toLowerCase()
  return said.split(',').flatMap((one) => {
    const charset = /;charset=([^;]*)/.exec(one)?.[1] ?? 'utf-8'
    return charset === 'utf-8' ? [one.split(';', 1)[0] ?? ''] : []
  })
}
