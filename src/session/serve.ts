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
  /** Called for requests that look like an attack on another visitor's cookie, and for failures after the answer. */
  readonly warn: (message: string, error?: unknown) => void
}

/** What serving sessions must know of a request, and the headers of its answer. */
export interface ServedRequest
  extends Pick<Exchange, 'client' | 'headers'>, Partial<Pick<Exchange, 'mount'>> {
  readonly request: {
    readonly headers: { readonly cookie?: string | undefined }
    /** The request that the host has, where this one was made of it. Handlers that are given the same one share its session. */
    readonly source?: object
  }
}

/**
 * Does `work` with the session of a request, which it opens where `work` first asks for it. Then it stores what is left to
 * store, writes activity down, and decides about the cookie. All of that comes before the first byte of the answer:
 * `Set-Cookie` and `Vary` are among its headers when this resolves. Rejects with what `work` throws, and with the error that
 * kept changes from being stored: then the cookie stays as it was.
 * `isShared`: the session is for all that serve this request until `work` is done. Those who come second get the one that
 * is open, and the first stores it: two cookies of one answer would contradict each other.
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
   * The session of a request, to be read alone: changing it throws an error that says `why` it cannot be. Looking is no
   * activity, and there need be no answer.
   */
  look(visited: Omit<ServedRequest, 'headers'>, why: string): Soon<OpenedSession<Roster>>
}

/**
 * The one place where the session of a request is opened, and where it becomes a cookie. What is still recorded when `work` is
 * done is stored here. Transactions, use cases and the routes of a host store theirs before.
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
      const carrier = openCarrier(readCookies(request.headers.cookie, cookie.name))
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
      shared.delete(sharedBy(exchange)) // what comes later opens a session of its own, also where this one failed
    }
  }

  function serve<Result>(
    exchange: ServedRequest,
    work: (visit: OpenedSession<Roster>) => Soon<Result>,
  ): Soon<Result> {
    const values = readCookies(exchange.request.headers.cookie, cookie.name)
    const carrier = openCarrier(values, exchange.mount)
    // What another program keeps under this name, on this host or above it, is not ours to end.
    const isOurs = values.length === carrier.presented.length
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

  /** The settings with the store of a request, which is the same for all of them unless cookies carry the sessions. */
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
   * Those that end what an earlier setting has left, for all paths or for `mount` alone, come first: what a client reads last
   * must be the session's own. Without a mount none is ended.
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
    // Where twins are cleared, the browser may have dropped the cookie of this session too. It is sent again.
    const verdict = changed ?? (twins.length > 0 ? session.kept : null)
    if (verdict === null) return twins
    if (verdict === 'clear') return [...twins, clearCookie(cookie)]
    const content = { value: carrier.valueFor(verdict.key), record: verdict.record }
    return [...twins, writeCookie(content, cookie, settings.policy, settings.now())]
  }
}

/** The object that all handlers of one request are given, by which they find the session that they share. */
function sharedBy({ request }: ServedRequest): object {
  return request.source ?? request
}

const none: string[] = []
