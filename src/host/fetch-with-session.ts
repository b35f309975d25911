import type { IncomingMessage, ServerResponse } from 'node:http'
import { createVisit } from '../auth/logins/visit.ts'
import type { Visit } from '../auth/logins/visit.ts'
import type { RequestRoster } from '../auth/roster/roster.ts'
import { errorBody, json } from '../http/answer.ts'
import type { ErrorContent } from '../http/answer.ts'
import type { Candidate } from '../session/candidates.ts'
import { stopping } from './door.ts'
import { isListed } from './answer-headers.ts'
import { failureOf } from './failures.ts'
import type { Failure } from './failures.ts'
import { fromFetch } from './fetch-request.ts'
import { cameBySafeMethod } from './safe-method.ts'
import type { RouteOptions, WithSessionParts } from './with-session.ts'

/** Answers a request of the Fetch standard, whose session it has. */
export type FetchHandler = (request: Request, visit: Visit) => Response | Promise<Response>

/**
 * `withSession` for hosts that speak the Fetch standard: Hono, Next.js, SvelteKit, Bun, Deno. The session is stored, and its
 * cookie is among the headers of the response, before the host has it; a body that streams goes on. The rules on hosts,
 * origins and errors are those of `withSession`, save that no framework can be called: a refusal, and a session that cannot
 * be stored, become a response in our own form, and any other error is thrown to the host. A `Response` that is thrown is an
 * answer like one that is returned. `address` is where the client is, as the platform says it.
 */
export type FetchWithSession = (
  handler: FetchHandler,
  options?: RouteOptions,
) => (request: Request, more?: { readonly address?: string | undefined }) => Promise<Response>

type Ending = { readonly response: Response } | { readonly error: unknown }

/** Makes handlers of the Fetch standard of those with a session. */
export function createFetchWithSession(parts: WithSessionParts): FetchWithSession {
  const { withSession, judge, logins, openExchange, enter } = parts

  return (handler, { csrf = true } = {}) =>
    async (request, { address } = {}) => {
      const asked = fromFetch(request, address) as IncomingMessage
      const exchange = openExchange(asked, none)
      const { headers, client } = exchange
      if (!judge.knowsHost(exchange))
        return refusal(headers, 400, { message: 'There is no host of this name here.' })
      if (csrf && !cameBySafeMethod(asked) && !judge.trusts(exchange))
        return refusal(headers, 403, { code: 'FORBIDDEN', message: 'This origin is not allowed.' })
      const leave = enter()
      if (leave === null) return refusal(headers, stopping.status, stopping)
      const added: string[] = []
      const visited = { request: asked, client, headers: added }
      const work = async ({ session, roster }: Candidate<RequestRoster>): Promise<Ending> => {
        try {
          const visit = createVisit(logins, { session, roster, client })
          const response = await answerOf(handler, request, visit)
          await session.close()
          return { response }
        } catch (error) {
          await session.abandon()
          return { error }
        }
      }
      let ending: Ending
      try {
        ending = await withSession(visited, work)
      } finally {
        leave()
      }
      if ('response' in ending) return withHeaders(ending.response, added)
      const failure = failureOf(ending.error)
      if (failure === null) throw ending.error
      return withHeaders(refusal(headers, failure.status, failure), added)
    }
}

/** There is none, and what judges a request by its headers uses none. */
const none = null as unknown as ServerResponse

async function answerOf(handler: FetchHandler, request: Request, visit: Visit): Promise<Response> {
  try {
    return await handler(request, visit)
  } catch (thrown) {
    if (thrown instanceof Response) return thrown
    throw thrown
  }
}

function refusal(
  headers: readonly string[],
  status: number,
  { retryAfter = null, ...content }: ErrorContent & Partial<Failure>,
): Response {
  const answer = new Response(errorBody(content), { status })
  for (let at = 0; at < headers.length; at += 2)
    answer.headers.set(headers[at] ?? '', headers[at + 1] ?? '')
  answer.headers.set('Content-Type', json)
  if (retryAfter !== null) answer.headers.set('Retry-After', String(retryAfter))
  return answer
}

/** A copy, because the headers of some responses cannot be changed: of a redirect, or of one that was fetched. */
function withHeaders(response: Response, added: readonly string[]): Response {
  if (added.length === 0) return response
  const answer = new Response(response.body, response)
  for (let at = 0; at < added.length; at += 2) {
    const [name = '', value = ''] = added.slice(at, at + 2)
    if (isListed([answer.headers.get(name) ?? ''], value)) continue
    answer.headers.append(name, value)
    if (name.toLowerCase() === 'set-cookie') answer.headers.set('Cache-Control', 'no-store')
  }
  return answer
}
