import type { IncomingMessage, ServerResponse } from 'node:http'
import { createVisit } from '../auth/logins/visit.ts'
import type { Visit } from '../auth/logins/visit.ts'
import type { RequestRoster } from '../auth/roster/roster.ts'
import { failureOf, stopping } from '../failures.ts'
import type { Failure } from '../failures.ts'
import { errorBody, json } from '../http/answer.ts'
import type { ErrorContent } from '../http/answer.ts'
import type { OpenedSession } from '../session/pick-session.ts'
import { isListed } from './answer-headers.ts'
import { fromFetch } from './fetch-request.ts'
import type { FetchHead } from './fetch-request.ts'
import { cameBySafeMethod } from './safe-method.ts'
import type { RouteOptions, WithSessionParts } from './with-session.ts'

/** Answers a request of the Fetch standard, whose session it has. */
export type FetchHandler = (request: Request, visit: Visit) => Response | Promise<Response>

/**
 * `withSession` for hosts that speak the Fetch standard: Hono, Next.js, SvelteKit, Bun, Deno. The session is stored, and its
 * cookie is among the headers of the response, before the host has it; a body that streams goes on. The rules on hosts,
 * origins and errors are those of `withSession`, save that no framework can be called: a refusal, and a session that cannot
 * be stored, become a response in our own form, and any other error is thrown to the host. A `Response` that is thrown is an
 * answer like one that is returned. Handlers that serve the same `Request` within another one's share its session, and so
 * does `coat.fetch`: the outermost stores it. `address` is where the client is, as the platform says it.
 */
export type FetchWithSession = (
  handler: FetchHandler,
  options?: RouteOptions,
) => (request: Request, more?: { readonly address?: string | undefined }) => Promise<Response>

/** One request that handlers answer, with the session that they share. */
interface Served {
  readonly visit: Visit
  /** Forgets what was recorded and not stored, and lets nothing follow. */
  giveUp(): Promise<unknown>
}

type Ending = { readonly response: Response } | { readonly error: unknown }

/** Makes handlers of the Fetch standard of those with a session. */
export function createFetchWithSession(parts: WithSessionParts): FetchWithSession {
  const { withSession, judge, logins, openExchange, enter } = parts
  /** What handlers within others find. */
  const served = new WeakMap<Request, Served>()

  return (handler, { csrf = true } = {}) =>
    async (request, { address } = {}) => {
      const asked = fromFetch(request, address) as FetchHead & IncomingMessage
      const exchange = openExchange(asked, none)
      const { headers, client } = exchange
      if (!judge.knowsHost(exchange))
        return refusal(headers, 400, { message: 'There is no host of this name here.' })
      const outer = served.get(request)
      if (csrf && !cameBySafeMethod(asked) && !judge.trusts(exchange)) {
        await outer?.giveUp() // what the handlers around this one have recorded
        return refusal(headers, 403, { code: 'FORBIDDEN', message: 'This origin is not allowed.' })
      }
      if (outer) return answerWithin(outer, handler, request)
      const leave = enter()
      if (leave === null) return refusal(headers, stopping.status, stopping)
      const added: string[] = []
      const visited = { request: asked, client, headers: added }
      const work = async ({ session, roster }: OpenedSession<RequestRoster>): Promise<Ending> => {
        try {
          const visit = createVisit(logins, { session, roster, client })
          served.set(request, { visit, giveUp: () => session.abandon() })
          const response = await answerOf(handler, request, visit)
          assertSendable(response) // not after the session is stored: its cookie must go out
          await session.close()
          return { response }
        } catch (error) {
          await session.abandon()
          return { error }
        }
      }
      let ending: Ending
      try {
        ending = await withSession(visited, work, true)
      } finally {
        served.delete(request)
        leave()
      }
      if ('response' in ending) return withHeaders(ending.response, added)
      const failure = failureOf(ending.error)
      if (failure === null) throw ending.error
      return withHeaders(refusal(headers, failure.status, failure), added)
    }
}

/** The Fetch standard has no response to write to. An exchange is opened only to judge a request by its headers, which needs none. */
const none = null as unknown as ServerResponse

async function answerOf(handler: FetchHandler, request: Request, visit: Visit): Promise<Response> {
  try {
    return await handler(request, visit)
  } catch (thrown) {
    if (thrown instanceof Response) return thrown
    throw thrown
  }
}

/** An error of an inner handler fails the whole request, even where the outer handler catches it and answers. */
async function answerWithin(
  { visit, giveUp }: Served,
  handler: FetchHandler,
  request: Request,
): Promise<Response> {
  try {
    return await answerOf(handler, request, visit)
  } catch (error) {
    await giveUp()
    throw error
  }
}

/** Throws a TypeError for what is no response, or none to which a cookie can be added. */
function assertSendable(response: Response | null | undefined): asserts response is Response {
  if (typeof response?.headers?.append !== 'function' || response.status === 0)
    throw new TypeError('A handler of fetchWithSession returns a Response.')
  if (response.bodyUsed || response.body?.locked === true)
    throw new TypeError('The body of this Response was used already: make one for each request.')
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
