import type { UseCases } from '../auth/use-cases.ts'
import type { Bus } from '../bus/bus.ts'
import type { Serving } from '../graphql/context.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { AdminSection } from './section.ts'

/** What the staff's pages work on: the use cases and lists that the API works on too. */
export interface AdminApp extends UseCases, Serving {
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

/** How the pages are served. */
export interface AdminOptions {
  readonly limits: {
    /** The most that a form may hold, in bytes. */
    readonly bodyBytes: number
  }
}
