import { addHeader } from '../http/exchange.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Client } from '../http/client.ts'
import { after } from '../waiting/soon.ts'
import type { Soon } from '../waiting/soon.ts'
import { pickSession } from './pick-session.ts'
import type { OpenedSession } from './pick-session.ts'
import type { Carrier, OpenCarrier } from './cookie/carrier.ts'
import type { SessionSettings } from './settings.ts'
import { clearCookie, clearTwins, putCookies, readCookies, writeCookie } from './cookie/cookie.ts'
import type { CookieSettings } from './cookie/cookie.ts'
import type { SessionKey } from './key.ts'
import type { SessionRoster } from './roster.ts'
import { Session } from './session.ts'
import type { SessionStore } from './store.ts'

/** Options of serving sessions. */
export interface ServingOptions<Roster extends SessionRoster> {
  readonly settings: Omit<SessionSettings, 'store'>
  readonly openCarrier: OpenCarrier
  readonly cookie: CookieSettings
  /** The roster as a request of this client sees it. */
  readonly attend: (client: Client) => Roster
  /** Called for a request that looks like an attack on another visitor's cookie, and for a failure after the answer. */
  readonly warn: (message: string, error?: unknown) => void
}

/** What this room reads of a request, and the headers of its answer. */
export interface ServedRequest
  extends Pick<Exchange, 'client' | 'headers'>, Partial<Pick<Exchange, 'mount'>> {
  readonly request: {
    readonly headers: { readonly cookie?: string | undefined }
    /** The host's own request, where this one was made of it. Handlers with the same one share its session. */
    readonly source?: object
  }
}

/**
 * Does `work` with the session of a request, which loads when `work` first asks for it. Then it stores the changes that are
 * left, writes activity down, and decides about the cookie. All of that comes before the first byte of the answer: when this
 * resolves, `Set-Cookie` and `Vary` are among its headers. Rejects with what `work` throws, and where changes could not be
 * stored: then the cookie stays as it was. `isShared`: until `work` is done, later handlers of this request get the same
 * session, and the first handler stores it. Two sessions would set two cookies that contradict each other.
 */
export type WithSession<Roster extends SessionRoster> = <Result>(
  exchange: ServedRequest,
  work: (visit: OpenedSession<Roster>) => Soon<Result>,
  isShared?: boolean,
) => Soon<Result>

/** How the sessions of requests are opened. */
export interface SessionsOfRequests<Roster extends SessionRoster> {
  readonly withSession: WithSession<Roster>
  /**
   * The session of a request, for reading only: a change throws an error that says `why` not. Looking is no activity, and
   * needs no answer to set a cookie.
   */
  look(visited: Omit<ServedRequest, 'headers'>, why: string): Soon<OpenedSession<Roster>>
}

/**
 * The one place that opens the session of a request, and sets its cookie. It stores what is still recorded when `work` is
 * done. Transactions, use cases and a host's routes store their changes earlier.
 */
export function serveSessions<Roster extends SessionRoster>(
  options: ServingOptions<Roster>,
): SessionsOfRequests<Roster> {
  const { settings, cookie, openCarrier, attend, warn } = options
  const unhandled = {
    late: (error: unknown) =>
      warn('what a request did to its session, and did not wait for, failed after it', error),
  }
  const shared = new WeakMap<object, OpenedSession<Roster>>()
  let whole: SessionSettings | null = null

  return {
    withSession(exchange, work, isShared = false) {
      const outer = shared.get(sharedBy(exchange))
      if (outer !== undefined) return work(outer)
      return isShared ? serveShared(exchange, work) : serve(exchange, work)
    },

    look({ request, client }, why) {
      const { carrier } = carrierOf(request)
      return after(open(carrier, client), ({ session, roster }) => ({
        session: session.watch(why),
        roster,
      }))
    },
  }

  async function serveShared<Result>(
    exchange: ServedRequest,
    work: (visit: OpenedSession<Roster>) => Soon<Result>,
  ): Promise<Result> {
    try {
      return await serve(exchange, (visit) => {
        shared.set(sharedBy(exchange), visit)
        return work(visit)
      })
    } finally {
      shared.delete(sharedBy(exchange)) // a later handler opens a session of its own, even if this one failed
    }
  }

  function serve<Result>(
    exchange: ServedRequest,
    work: (visit: OpenedSession<Roster>) => Soon<Result>,
  ): Soon<Result> {
    const { carrier, isOurs } = carrierOf(exchange.request, exchange.mount)
    return after(open(carrier, exchange.client), (visit) =>
      after(work(visit), (result) =>
        after(visit.session.close(), () => {
          if (visit.session.accessed) addHeader(exchange, 'Vary', 'Cookie')
          putCookies(
            exchange,
            cookiesFor(visit.session, carrier, isOurs ? (exchange.mount ?? '/') : null),
          )
          return result
        }),
      ),
    )
  }

  /** Opens the cookies of a request. */
  function carrierOf({ headers }: ServedRequest['request'], mount?: string) {
    const values = readCookies(headers.cookie, cookie.name)
    const carrier = openCarrier(values, mount)
    const { length } = carrier.presented
    if (length === 0 && values.length > 0) settings.counts?.foreign()
    // Another program may keep a cookie under this name, on this host or above it. That one is not ours to end.
    return { carrier, isOurs: length === values.length }
  }

  /** The settings with the store of a request. All requests have the same one, unless cookies carry the sessions. */
  function settingsOf(store: SessionStore): SessionSettings {
    if (whole?.store !== store) whole = { ...settings, store }
    return whole
  }

  function open({ presented, store }: Carrier, client: Client): Soon<OpenedSession<Roster>> {
    const openOne = (key: SessionKey | null) => {
      const roster = attend(client)
      const session = new Session(settingsOf(store), roster, key)
      session.unhandled = unhandled
      return { session, roster }
    }
    const [key = null] = presented
    if (presented.every((other) => other === key)) return openOne(key)
    return pickSession([...new Set(presented)], openOne, warn)
  }

  /**
   * The cookies of the answer. Those that clear cookies of an earlier setting come first, because a client keeps the last one
   * it reads: that must be the session's own. Clears none where `mount` is null.
   */
  function cookiesFor(session: Session, carrier: Carrier, mount: string | null): string[] {
    const { presented } = carrier
    const changed = session.cookie ?? (carrier.isStale() ? session.kept : null)
    if (changed === null && presented.length <= 1) return none
    const isReplaced =
      changed === 'clear' || (changed !== null && presented.some((key) => key !== changed.key))
    const isRepeated = presented.length > 1 && (session.accessed || new Set(presented).size > 1)
    const twins =
      mount !== null && (isRepeated || isReplaced)
        ? clearTwins(cookie, isRepeated ? [mount] : [])
        : []
    // The browser may drop this session's cookie together with its twins, so the server sends it again.
    const verdict = changed ?? (twins.length > 0 ? session.kept : null)
    if (verdict === null) return twins
    if (verdict === 'clear') return [...twins, clearCookie(cookie)]
    const content = { value: carrier.valueFor(verdict.key), record: verdict.record }
    return [...twins, writeCookie(content, cookie, settings.policy, settings.now())]
  }
}

/** The object that all handlers of one request have in common: by it they find the session that they share. */
function sharedBy({ request }: ServedRequest): object {
  return request.source ?? request
}

const none: string[] = []
