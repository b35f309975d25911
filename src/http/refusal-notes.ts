import type { Logger } from 'pino'

/** Notes for the operator on requests that the server refused before running anything. */
export interface RefusalNotes {
  /** Notes that the server refused a page of this origin. */
  origin(name: string | undefined): void
  /** Notes that the server refused a request for this host. */
  host(name: string | undefined): void
  /** Notes that a page loaded over HTTP signs in with a cookie for HTTPS only. */
  plainHttp(origin: string): void
}

/** How often the log repeats a line at most, in milliseconds. */
const interval = 60_000
/** How many different lines may come in that time: an attacker can send any number of names. */
const mostLines = 10

/** Logs refused origins and hosts, each with the setting that would allow it: a wrong setting looks like an attack. */
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

/** An origin or a host, for a log line; any other text from a caller is left out. */
function readable(name: string | undefined): string {
  const isName =
    name !== undefined && /^([a-z][a-z\d+.-]{0,29}:\/\/)?[\w.:[\]-]{1,100}$/i.test(name)
  return isName ? name : 'none that can be shown'
}
