import { refuseFault } from '../http/answer.ts'
import type { Handler } from '../http/server.ts'
import type { DeskOptions, DeskParts } from './desk-parts.ts'

/**
 * The staff's pages: sessions, users and the audit, for people. All of them have one path, whichever that is, and differ by
 * the query: so they work wherever the handler is mounted, and a link to one leads nowhere else. The first request loads
 * what makes the pages.
 */
export function createAdmin(parts: DeskParts, options: DeskOptions): Handler {
  let loading: Promise<Handler> | null = null
  const load = () => (loading ??= import('./desk.ts').then((desk) => desk.openDesk(parts, options)))

  return (exchange) => {
    load().then(
      (handle) => handle(exchange),
      (error: unknown) => {
        loading = null // the next request tries again
        parts.log.error({ err: error, requestId: exchange.id }, 'the admin pages cannot be loaded')
        refuseFault(exchange)
      },
    )
  }
}
