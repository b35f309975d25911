import type { GraphQLSchema } from 'graphql'
import type { PasswordHasher } from '../auth/passwords/password.ts'
import type { RequestRoster, Roster } from '../auth/roster/roster.ts'
import type { UseCases } from '../auth/use-cases.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import type { Mounted } from '../host/mounts.ts'
import type { Observed } from '../http/intake.ts'
import type { Judge } from '../http/judge.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Engine } from '../session/engines/engines.ts'
import type { SessionEvents } from '../session/streams/events.ts'
import type { EngineChoice } from '../session/engines/moving-engine.ts'
import type { SessionsOfRequests } from '../session/serve.ts'
import type { SessionSettings } from '../session/settings.ts'
import type { Rounds } from '../upkeep/rounds.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { Readiness } from '../waiting/readiness.ts'

/** An application that is open. A file that holds it hands parts of it on, and never the whole. */
export interface App extends UseCases, SessionsOfRequests<RequestRoster>, Mounted, Observed {
  readonly judge: Judge
  /** The streams of this process. */
  readonly events: SessionEvents
  /** Are records kept on this side? Otherwise each cookie carries one. */
  readonly keepsRecords: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly db: Database
  readonly passwords: PasswordHasher
  readonly roster: Roster
  /** Tells the other processes which sessions may have changed or ended. */
  readonly bus: Bus
  /** What the application counts; null: nothing. */
  readonly metrics: Metrics | null
  /** What its sessions share. */
  readonly settings: SessionSettings
  /** Are records rows of the database, so that sessions of guests are listed and counted too? */
  readonly recordsAreRows: boolean
  /** The schema that is served; null where nothing is. */
  readonly schema: GraphQLSchema | null
  /** Opens another engine under the same settings. Throws `EngineUnusable`. The caller closes its store. */
  openEngine(engine: EngineChoice): Promise<Engine>
  /** The database and, where they are others, the session store and that of the engine before. */
  readonly dependencies: readonly Dependency[]
  /** Clears what has expired, once it is started. */
  readonly upkeep: Rounds
  /** Does once what the first visitors would wait for. Rejects where the database or the store cannot be used. */
  warm(): Promise<void>
  /** Asks whether all is there that serving visitors takes. */
  readiness(): Promise<Readiness>
  /** Closes everything. What is under way must be answered before. */
  close(): Promise<void>
}
