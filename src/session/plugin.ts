import type { Plugin } from 'graphql-yoga'
import type { SessionSettings } from './commit.ts'
import type { Carrier, OpenCarrier } from './carrier.ts'
import { clearCookie, readCookie, writeCookie } from './cookie.ts'
import type { CookieSettings } from './cookie.ts'
import type { SessionRoster } from './roster.ts'
import { Session } from './session.ts'

/** What `useSession` adds to the context of every operation. */
export interface SessionContext<Roster extends SessionRoster> {
  readonly session: Session
  readonly roster: Roster
}

/** How `useSession` is set up. */
export interface SessionPluginOptions<Roster extends SessionRoster> {
  readonly settings: Omit<SessionSettings, 'store'>
  readonly openCarrier: OpenCarrier
  readonly cookie: CookieSettings
  /** The roster as this request sees it. `serverContext` is Yoga's: the Node request is in it, where there is one. */
  readonly attend: (request: Request, serverContext: object) => Roster
  /** Told of requests that look like an attack on somebody's cookie. */
  readonly warn: (message: string) => void
  /** Turns what failed at the very end of a request into the whole answer. Nothing may be thrown past Yoga, which would show it. */
  readonly refuse: (error: unknown) => Response
}

/**
 * Gives every request its session, and the response its cookie. All operations of a request share one session. The
 * cookie is decided before the first byte of the response, streams included.
 */
export function useSession<Roster extends SessionRoster>(
  options: SessionPluginOptions<Roster>,
): Plugin {
  const { settings, cookie } = options
  const requests = new WeakMap<Request, { context: SessionContext<Roster>; carrier: Carrier }>()

  return {
    onContextBuilding({ context, extendContext }) {
      extendContext(contextOf(context.request, context) as object)
    },

    async onResponse({ request, response, setResponse }) {
      const known = requests.get(request)
      if (!known) return // a preflight, a health check, GraphiQL: nobody asked
      const { carrier } = known
      const { session } = known.context
      let setCookie: string | null
      try {
        await session.close()
        setCookie = headerFor(session, carrier)
      } catch (error) {
        setResponse(options.refuse(error))
        return
      }
      if (session.accessed) response.headers.append('Vary', 'Cookie')
      if (setCookie === null) return
      response.headers.append('Set-Cookie', setCookie)
      response.headers.set('Cache-Control', 'no-store')
    },
  }

  function contextOf(request: Request, serverContext: object): SessionContext<Roster> {
    const known = requests.get(request)
    if (known) return known.context
    const roster = options.attend(request, serverContext)
    const value = readCookie(request.headers.get('cookie'), cookie.name, options.warn)
    const carrier = options.openCarrier(value)
    const session = new Session({ ...settings, store: carrier.store }, roster, carrier.presented)
    const context = { session, roster }
    requests.set(request, { context, carrier })
    return context
  }

  function headerFor(session: Session, carrier: Carrier): string | null {
    const verdict = session.cookie ?? (carrier.isStale() ? session.kept : null)
    if (verdict === null) return null
    if (verdict === 'clear') return clearCookie(cookie)
    const { key, record } = verdict
    const content = { value: carrier.valueFor(key), record }
    return writeCookie(content, cookie, settings.policy, settings.now())
  }
}
