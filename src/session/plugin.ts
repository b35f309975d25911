import type { Plugin } from 'graphql-yoga'
import type { SessionSettings } from './commit.ts'
import { pickSession } from './candidates.ts'
import type { Candidate } from './candidates.ts'
import type { Carrier, OpenCarrier } from './carrier.ts'
import { clearCookie, clearTwins, readCookies, writeCookie } from './cookie.ts'
import type { CookieSettings } from './cookie.ts'
import type { SessionRoster } from './roster.ts'
import type { SessionKey } from './key.ts'
import { Session } from './session.ts'
import type { CookieVerdict } from './session.ts'

/** What `useSession` adds to the context of every operation. */
export type SessionContext<Roster extends SessionRoster> = Candidate<Roster>

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
  const requests = new WeakMap<Request, Served<Roster>>()

  return {
    onContextBuilding({ context, extendContext }) {
      const found = contextOf(context.request, context)
      if (!(found instanceof Promise)) return extendContext(found as object)
      return found.then((context) => extendContext(context as object))
    },

    async onResponse({ request, response, setResponse }) {
      const known = requests.get(request)
      if (!known) return // a preflight, a health check, GraphiQL: nobody asked
      const { session } = known.context
      let setCookies: string[]
      try {
        await session.close()
        setCookies = headersFor(known)
      } catch (error) {
        setResponse(options.refuse(error))
        return
      }
      if (session.accessed) response.headers.append('Vary', 'Cookie')
      if (setCookies.length === 0) return
      for (const setCookie of setCookies) response.headers.append('Set-Cookie', setCookie)
      response.headers.set('Cache-Control', 'no-store')
    },
  }

  function contextOf(
    request: Request,
    serverContext: object,
  ): SessionContext<Roster> | Promise<SessionContext<Roster>> {
    const known = requests.get(request)
    if (known) return known.context
    const values = readCookies(request.headers.get('cookie'), cookie.name)
    const carrier = options.openCarrier(values)
    const keys = [...new Set(carrier.presented)]
    const open = (key: SessionKey | null) => {
      const roster = options.attend(request, serverContext)
      return { session: new Session({ ...settings, store: carrier.store }, roster, key), roster }
    }
    // What another program keeps under this name, on this host or above it, is not ours to end.
    const isOurs = values.length === carrier.presented.length
    const serve = (context: SessionContext<Roster>) => {
      requests.set(request, { context, carrier, isOurs })
      return context
    }
    const [key = null, another] = keys
    return another === undefined
      ? serve(open(key))
      : pickSession(keys, open, options.warn).then(serve)
  }

  /** Those that end what an earlier setting has left come first: what a client reads last must be the session's own. */
  function headersFor({ context: { session }, carrier, isOurs }: Served<Roster>): string[] {
    const { presented } = carrier
    const changed = session.cookie ?? (carrier.isStale() ? session.kept : null)
    const isReplaced =
      changed === 'clear' || (changed !== null && presented.some((key) => key !== changed.key))
    const isRepeated = presented.length > 1 && (session.accessed || new Set(presented).size > 1)
    const twins =
      isOurs && (isRepeated || isReplaced) ? clearTwins(cookie, isRepeated ? ['/graphql'] : []) : []
    // Where several went, the one that stays may be none of those that the browser has.
    const verdict = changed ?? (twins.length > 0 ? session.kept : null)
    return [...twins, ...write(verdict, carrier)]
  }

  function write(verdict: CookieVerdict, carrier: Carrier): string[] {
    if (verdict === null) return []
    if (verdict === 'clear') return [clearCookie(cookie)]
    const { key, record } = verdict
    const content = { value: carrier.valueFor(key), record }
    return [writeCookie(content, cookie, settings.policy, settings.now())]
  }
}

/** A request's session, what its cookies carried, and whether all of them were ours. */
interface Served<Roster extends SessionRoster> {
  readonly context: SessionContext<Roster>
  readonly carrier: Carrier
  readonly isOurs: boolean
}
