import type { UseCases } from '../auth/use-cases.ts'
import type { Bus } from '../bus/bus.ts'
import { refuse } from '../http/answer.ts'
import type { Serving } from '../graphql/context.ts'
import type { Handler } from '../http/server.ts'
import type { AdminSection } from './section.ts'
import type { Dependency } from '../waiting/dependency.ts'

/** What the staff's pages work on: the use cases and lists that the API works on too. */
export interface AdminApp extends UseCases, Serving {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The database and, where it is another, the session store. */
  readonly dependencies: readonly Dependency[]
  /** What tells other processes of ends. */
  readonly bus: Pick<Bus, 'kind' | 'state'>
  /** Are records kept on this side? Otherwise each cookie carries one, and no page can show what is in it. */
  readonly keepsRecords: boolean
  /** Those of the host. */
  readonly sections: readonly AdminSection[]
}

/** How the pages are served. */
export interface AdminOptions {
  readonly limits: {
    /** The most that a form may hold, in bytes. */
    readonly bodyBytes: number
  }
}

/**
 * The staff's pages: sessions, users and the audit, for people. All of them have one path, whichever that is, and differ by
 * the query: so they work wherever the handler is mounted, and a link to one leads nowhere else. The first request loads
 * what makes the pages.
 */
export function createAdmin(app: AdminApp, options: AdminOptions): Handler {
  let loading: Promise<Handler> | null = null
  const load = () => (loading ??= import('./desk.ts').then((desk) => desk.openDesk(app, options)))

  return (exchange) => {
    load().then(
      (handle) => handle(exchange),
      (error: unknown) => {
        loading = null // the next request tries again
        app.log.error({ err: error, requestId: exchange.id }, 'the admin pages cannot be loaded')
        refuse(exchange, 500, {
          code: 'INTERNAL_SERVER_ERROR',
          message: 'Unexpected error.',
          requestId: exchange.id,
        })
      },
    )
  }
}
