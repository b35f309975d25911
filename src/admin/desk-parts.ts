import type { Logger } from 'pino'
import type { Logins } from '../auth/logins/logins.ts'
import type { RequestRoster } from '../auth/roster/roster.ts'
import type { Sessions, UseCases } from '../auth/use-cases.ts'
import type { Bus } from '../bus/bus.ts'
import type { Judge } from '../http/judge.ts'
import type { WithSession } from '../session/serve.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { AdminSection } from './section.ts'

/** What the staff's pages show and do: use cases and lists of those that the API works on, and how the server is. */
export interface PageParts {
  readonly logins: Pick<Logins, 'login' | 'logout'>
  readonly users: Pick<
    UseCases['users'],
    'find' | 'search' | 'namesBeginning' | 'add' | 'setActive' | 'setStaff' | 'setPassword'
  >
  /** `endReason` is of the session of a visitor who is asked to sign in. */
  readonly sessions: Pick<
    Sessions,
    'find' | 'search' | 'inspect' | 'preview' | 'tally' | 'revokeFor' | 'revokeAll' | 'endReason'
  >
  readonly audit: Pick<UseCases['audit'], 'list' | 'look' | 'tally'>
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The database and, where it is another, the session store; a cache in front of it. */
  readonly dependencies: readonly Dependency[]
  /** What tells other processes of ends. */
  readonly bus: Pick<Bus, 'kind' | 'state'>
  /** Is the database the session store? */
  readonly recordsAreRows: boolean
  /** Are records kept on this side? Otherwise each cookie carries one, and no page can show what is in it. */
  readonly keepsRecords: boolean
  /** Those of the host. */
  readonly sections: readonly AdminSection[]
}

/** What it takes to serve the pages. */
export interface DeskParts {
  readonly pages: PageParts
  readonly withSession: WithSession<RequestRoster>
  readonly judge: Judge
  readonly log: Logger
}

/** How the pages are served. */
export interface DeskOptions {
  readonly limits: {
    /** The most that a form may hold, in bytes. */
    readonly bodyBytes: number
  }
  readonly cookie: {
    /** Is the session cookie for HTTPS alone? */
    readonly secure: boolean
  }
}
