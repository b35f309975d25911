import type { Plugin } from 'graphql-yoga'
import type { SessionSettings } from './commit.ts'
import { readCookie, writeCookie } from './cookie.ts'
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
  readonly settings: SessionSettings
  readonly cookie: CookieSettings
  /** SESSION_SAVE_EVERY_REQUEST: does reading keep a session alive? */
  readonly saveEveryRequest: boolean
  /** The roster as this request sees it. `serverContext` is Yoga's: the Node request is in it, where there is one. */
  readonly attend: (request: Request, serverContext: object) => Roster
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
  const contexts = new WeakMap<Request, SessionContext<Roster>>()

  return {
    onContextBuilding({ context, extendContext }) {
      extendContext(contextOf(context.request, context) as object)
    },

    async onResponse({ request, response, setResponse }) {
      const session = contexts.get(request)?.session
      if (!session) return // a preflight, a health check, GraphiQL: nobody asked
      try {
        await session.close({ touch: options.saveEveryRequest && session.accessed })
      } catch (error) {
        setResponse(options.refuse(error))
        return
      }
      if (session.accessed) response.headers.append('Vary', 'Cookie')
      if (session.cookie === null) return
      response.headers.append(
        'Set-Cookie',
        writeCookie(session.cookie, cookie, settings.policy, settings.now()),
      )
      response.headers.set('Cache-Control', 'no-store')
    },
  }

  function contextOf(request: Request, serverContext: object): SessionContext<Roster> {
    const known = contexts.get(request)
    if (known) return known
    const roster = options.attend(request, serverContext)
    const presented = readCookie(request.headers.get('cookie'), cookie.name)
    const context = { session: new Session(settings, roster, presented), roster }
    contexts.set(request, context)
    return context
  }
}
