import type { Logger } from 'pino'

/** Notes for the operator on what the server refused before it ran anything. */
export interface RefusalNotes {
  /** A page of this origin was refused. */
  origin(name: string | undefined): void
  /** A request for this host was refused. */
  host(name: string | undefined): void
  /** A page that was loaded over HTTP signs in with a cookie that is for HTTPS alone. */
  plainHttp(origin: string): void
}

/** How often the log repeats a line at most, in milliseconds. */
const interval = 60_000
/** How many different lines may come in that time: an attacker has more names than a log has room. */
const mostLines = 10

/**
 * Logs refused origins and hosts, each with the setting that would let it in: a site that its operator set up wrongly looks
 * like one under attack.
 */
export function createRefusalNotes(log: Pick<Logger, 'warn'>): RefusalNotes {
  const told = new Set<string>()
  let since = -Infinity

  return {
    origin: (name) =>
      tell(
        { origin: readable(name) },
        'A page of this origin was refused. If it is yours, add the origin to ALLOWED_ORIGINS (allowedOrigins in a program); behind a proxy, let it pass on the Host.',
      ),
    host: (name) =>
      tell(
        { host: readable(name) },
        'A request for this host was refused. If it is yours, add it to ALLOWED_HOSTS (allowedHosts in a program).',
      ),
    plainHttp: (origin) =>
      tell(
        { origin: readable(origin) },
        'A page was loaded over HTTP, where browsers keep no session cookie, save some of the same machine: the cookie is Secure. Serve the site over HTTPS, or set SESSION_COOKIE_SECURE=false (cookie.secure in a program).',
      ),
  }

  function tell(details: object, message: string): void {
    if (performance.now() - since >= interval) {
      told.clear()
      since = performance.now()
    }
    const line = JSON.stringify(details) + message
    if (told.has(line) || told.size >= mostLines) return
    told.add(line)
    log.warn(details, message)
  }
}

/** An origin or a host, and nothing else that a caller may write there. */
function readable(name: string | undefined): string {
  const isName =
    name !== undefined && /^([a-z][a-z\d+.-]{0,29}:\/\/)?[\w.:[\]-]{1,100}$/i.test(name)
  return isName ? name : 'none that can be shown'
}
