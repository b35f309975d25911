import type { IncomingHttpHeaders } from 'node:http'
import type { Logger } from 'pino'
import { refuse, sendNothing } from './answer.ts'
import { addHeader } from './exchange.ts'
import type { Exchange } from './exchange.ts'
import { createHostRule, hostOf } from './host.ts'
import { judgeOrigin } from './origin.ts'
import { createRefusalNotes } from './refusal-notes.ts'

/** Which hosts and origins may send requests. */
export interface JudgeOptions {
  /** ALLOWED_HOSTS. */
  readonly allowedHosts: readonly string[]
  readonly production: boolean
  /** ALLOWED_ORIGINS. */
  readonly allowedOrigins: readonly string[]
  /** Do browsers send the session cookie over HTTPS only? */
  readonly isCookieSecure: boolean
  readonly log: Pick<Logger, 'warn'>
}

/** Each `refuses` function judges one thing. It returns true after it has answered: a refusal, or a preflight. */
export interface Judge {
  /** Judges the host that the request names. */
  refusesHost(exchange: Exchange): boolean
  /** Judges the origin of the page that sends it. Answers a preflight too. */
  refusesOrigin(exchange: Exchange): boolean
  /** The same where only the server's own pages may ask, and no listed origin. */
  refusesOtherOrigin(exchange: Exchange): boolean
  /** Is the host known? For code that answers in another way, or not at all. */
  knowsHost(judged: Judged): boolean
  /** Are host and origin known? */
  trusts(judged: Judged): boolean
}

/** The part of an exchange that it judges. */
export interface Judged extends Pick<Exchange, 'scheme'> {
  readonly request: { readonly headers: IncomingHttpHeaders }
}

const noHost = 'There is no host of this name here.'
const development =
  'In development the server answers to localhost, to addresses and to what ALLOWED_HOSTS lists.'

/** Judges each request once, before the server reads its body. */
export function createJudge(options: JudgeOptions): Judge {
  const { allowedHosts, production, allowedOrigins: allowed, isCookieSecure, log } = options
  const mayName = createHostRule({ allowed: allowedHosts, isOpen: true })
  const mayNameOurs = createHostRule({ allowed: allowedHosts, isOpen: production })
  const notes = createRefusalNotes(log)

  return {
    refusesHost(exchange) {
      // A host decides itself which names lead to its server.
      if (isNamed(exchange, exchange.hosted === null ? mayNameOurs : mayName)) return false
      refuse(exchange, 400, { message: production ? noHost : `${noHost} ${development}` })
      return true
    },

    refusesOrigin: (exchange) => refusesAllBut(allowed, exchange, exchange.request.headers),

    refusesOtherOrigin(exchange) {
      const { headers } = exchange.request
      // An old browser sends neither Origin nor Sec-Fetch-Site with a form, but the address of its page in Referer.
      const origin = headers.origin ?? originOf(headers.referer)
      return refusesAllBut([], exchange, { ...headers, ...(origin !== undefined && { origin }) })
    },

    knowsHost,

    trusts(asked) {
      const { headers } = asked.request
      if (!knowsHost(asked)) return false
      const { isAllowed } = judgeOrigin(headers, { allowed, scheme: asked.scheme })
      if (!isAllowed) notes.origin(headers.origin)
      return isAllowed
    },
  }

  /** Refuses requests from origins other than our own and those of `trusted`. */
  function refusesAllBut(
    trusted: readonly string[],
    exchange: Exchange,
    headers: IncomingHttpHeaders,
  ): boolean {
    const { isAllowed, cors } = judgeOrigin(headers, { allowed: trusted, scheme: exchange.scheme })
    if (trusted.length > 0) addHeader(exchange, 'Vary', 'Origin')
    if (!isAllowed) {
      // The note tells the operator to list the origin: not for one that is listed already.
      if (!allowed.includes(headers.origin ?? '')) notes.origin(headers.origin)
      refuse(exchange, 403, { code: 'FORBIDDEN', message: 'This origin is not allowed.' })
      return true
    }
    if (isCookieSecure && isPlainPage(headers.origin)) notes.plainHttp(headers.origin)
    if (cors !== null) {
      addHeader(exchange, 'Access-Control-Allow-Origin', cors)
      addHeader(exchange, 'Access-Control-Allow-Credentials', 'true')
      addHeader(exchange, 'Access-Control-Expose-Headers', 'Retry-After, X-Request-Id')
    }
    if (exchange.request.method !== 'OPTIONS') return false
    answerPreflight(exchange, cors !== null)
    return true
  }

  function knowsHost(judged: Judged): boolean {
    return isNamed(judged, mayName)
  }

  function isNamed({ request: { headers } }: Judged, mayName: (host?: string) => boolean): boolean {
    const host = hostOf(headers)
    const isKnown = mayName(host)
    if (!isKnown) notes.host(host)
    return isKnown
  }
}

/** The origin of a page's address; undefined for text that is no URL. */
function originOf(address: string | undefined): string | undefined {
  try {
    return address === undefined ? undefined : new URL(address).origin
  } catch {
    return undefined // TypeError: no URL at all
  }
}

/** Not from this machine, where some browsers keep a Secure cookie over HTTP too. */
function isPlainPage(origin: string | undefined): origin is string {
  return origin?.startsWith('http://') === true
}

/**
 * CORS for a listed origin. Its pages may use the cookie, so they may send any header, such as for tracing: the verdict on an
 * origin uses no header that a page can write.
 */
function answerPreflight(exchange: Exchange, isListed: boolean): void {
  if (isListed) {
    const wanted = exchange.request.headers['access-control-request-headers'] ?? ''
    addHeader(exchange, 'Access-Control-Allow-Methods', 'GET, POST')
    addHeader(
      exchange,
      'Access-Control-Allow-Headers',
      isHeaderList(wanted) ? wanted : 'content-type',
    )
    addHeader(exchange, 'Access-Control-Max-Age', '600')
  }
  sendNothing(exchange, 204)
}

/** Is it a list of header names, of a sensible length? */
function isHeaderList(text: string): boolean {
  return text.length <= 1024 && /^[\w!#$%&'*+.^`|~-]+( *, *[\w!#$%&'*+.^`|~-]+)*$/.test(text)
}
