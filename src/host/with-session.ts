import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Visit } from '../auth/logins/visit.ts'
import { stopping } from '../failures.ts'
import type { Judge } from '../http/judge.ts'
import type { Door } from './door.ts'
import type { HostFacts, OpenHostExchange } from './facts.ts'
import { answerFailure } from './failures.ts'
import type { HostRequest, HostResponse } from './framework-types.ts'
import { isOver, openRoute } from './route.ts'
import type { Next, Route, RouteParts } from './route.ts'
import { cameBySafeMethod } from './safe-method.ts'

/** Answers a request of the host's own, whose session it has. It may answer after it has returned. */
export type RouteHandler<
  Request extends IncomingMessage = HostRequest,
  Response extends ServerResponse = HostResponse,
> = (request: Request, response: Response, visit: Visit, next: Next) => unknown

/** How a route is guarded. */
export interface RouteOptions {
  /** False: pages of any origin may send requests of any method. For routes that check for themselves. */
  readonly csrf?: boolean
}

/**
 * A listener for node:http, Express and all that hand on Node's own objects. Parameters without types are Express's where its
 * types are installed, and Node's elsewhere. It calls `handler` with the session of the request, which is stored and turned into
 * a cookie before the first byte of the answer, however that is written. Changing the session afterwards throws an error that
 * says so.
 * Before the session is stored, a login, a logout, a transaction or a commit that the handler has begun is waited for. What such
 * a call throws fails the request, where the handler itself does not wait for it.
 * Where the handler throws, rejects, or passes an error to `next`, nothing of the session is stored, save what `login`,
 * `logout`, `transaction` and `commit` have stored already, and the error goes to the framework's `next`; where there is
 * none, the answer is ours: the status of the refusal, or 500. The same goes for a session that cannot be stored.
 * Requests by other methods than GET, HEAD and OPTIONS must come from an allowed origin, as for `/graphql`. All must name an
 * allowed host. As middleware it calls `next()`: every handler behind it, GraphQL included, shares the one session.
 * Hosts that keep the client's address elsewhere say it as `coat.graphql` is told: `{ address: request.ip }` of Fastify.
 * The promise that the listener returns is done when the answer is, or when the error is handed on.
 */
export type WithSessionRoute = <
  Request extends IncomingMessage = HostRequest,
  Response extends ServerResponse = HostResponse,
>(
  handler: RouteHandler<Request, Response>,
  options?: RouteOptions,
) => (request: IncomingMessage, response: ServerResponse, more?: Next | HostFacts) => Promise<void>

/** What making listeners takes. */
export interface WithSessionParts extends RouteParts {
  readonly judge: Judge
  readonly openExchange: OpenHostExchange
  readonly enter: Door['enter']
}

/** Makes listeners of handlers. */
export function createWithSession(parts: WithSessionParts): WithSessionRoute {
  const { judge, openExchange, enter, log } = parts
  /** Those that were opened, as long as their requests live: a second handler finds the first one's. */
  const routes = new WeakMap<IncomingMessage, Route>()

  return <Request extends IncomingMessage, Response extends ServerResponse>(
      handler: RouteHandler<Request, Response>,
      { csrf = true }: RouteOptions = {},
    ) =>
    async (request: IncomingMessage, response: ServerResponse, more?: Next | HostFacts) => {
      const [next, facts] = typeof more === 'function' ? [more] : [undefined, more]
      if (response.headersSent) {
        const error = new Error(
          'withSession was called after the answer had begun: call it before.',
        )
        return void (next === undefined ? log.error({ err: error }, error.message) : next(error))
      }
      const exchange = openExchange(request, response, facts)
      if (judge.refusesHost(exchange)) return
      const open = routes.get(request)
      if (csrf && !cameBySafeMethod(request)) {
        // What an earlier handler has recorded must not be stored by the refusal.
        if (open && !judge.trusts(exchange)) await open.giveUp()
        if (judge.refusesOrigin(exchange)) return
      }
      const call = (route: Route) =>
        // Of the kinds that the host's framework makes, and the handler says it takes.
        route.call(next, (goOn) =>
          handler(request as Request, response as Response, route.visit, goOn),
        )
      if (open) call(open)
      else {
        const leave = enter()
        if (leave === null) return void answerFailure(exchange, stopping)
        await openRoute(exchange, parts, next, (route) => {
          routes.set(request, route)
          call(route)
        }).finally(leave)
      }
      await isOver(response)
    }
}
