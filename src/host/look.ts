import type { IncomingMessage } from 'node:http'
import { currentUser } from '../auth/logins/caller.ts'
import type { Visit } from '../auth/logins/visit.ts'
import type { RequestRoster } from '../auth/roster/roster.ts'
import { knowProxies } from '../http/client.ts'
import type { TrustedProxies } from '../http/client.ts'
import type { Judge } from '../http/judge.ts'
import type { SessionsOfRequests } from '../session/serve.ts'
import { fromFetch } from './fetch-request.ts'

/** Who sent a request, to be read alone. */
export type Look = Pick<Visit, 'session' | 'user' | 'client'>

/**
 * The session of a request that this process does not answer over HTTP: an upgrade to a WebSocket, a job that a request has
 * left behind. It is looked up where something is asked of it, and is then as it was at that moment: call again for a newer
 * one. It cannot be changed, because a change may need a cookie, and looking keeps no session alive.
 * Browsers let pages of any origin open WebSockets, so an upgrade from an origin that is not allowed has no session, and
 * neither has a request that names a host that is not. `csrf: false` for handlers that check the origin for themselves.
 * `address` is the client's, where a `Request` of the Fetch standard cannot say it.
 */
export type LookAtSession = (
  request: IncomingMessage | Request,
  options?: { readonly csrf?: boolean; readonly address?: string },
) => Promise<Look>

/** What looking takes. */
export interface LookParts {
  readonly look: SessionsOfRequests<RequestRoster>['look']
  readonly judge: Judge
  readonly trustProxy: TrustedProxies
}

const readOnly =
  'This session can only be read: a change may need a cookie, and there is no answer to send it with. Use withSession.'

/** Opens sessions for reading alone. */
export function createLook({ look, judge, trustProxy }: LookParts): LookAtSession {
  const proxies = knowProxies(trustProxy)

  return async (given, { csrf = true, address } = {}) => {
    const asked = given instanceof Request ? fromFetch(given, address) : given
    const client = proxies.clientOf(asked)
    const isTrusted =
      !csrf ||
      asked.headers.upgrade === undefined ||
      judge.trusts({ request: asked, scheme: proxies.schemeOf(asked) })
    const request = isTrusted ? asked : { headers: {} }
    const { session, roster } = await look({ request, client }, readOnly)
    return { session, client, user: async () => currentUser({ session, roster }) }
  }
}
