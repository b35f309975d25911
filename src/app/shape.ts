import type { GraphQLSchema } from 'graphql'
import type { PasswordHasher } from '../auth/passwords/password.ts'
import type { Roster } from '../auth/roster/roster.ts'
import type { Bus } from '../bus/bus.ts'
import type { Database } from '../database/database.ts'
import type { Application, Serving } from '../graphql/context.ts'
import type { Served } from '../http/server.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Engine } from '../session/engines.ts'
import type { EngineChoice } from '../session/moving-engine.ts'
import type { SessionSettings } from '../session/settings.ts'
import type { Rounds } from '../upkeep/rounds.ts'
import type { Dependency } from '../waiting/dependency.ts'

/** The application: what the server serves and the commands work on. */
export interface App extends Application, Serving, Served {
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
  /** The database and, where it is another, the session store. */
  readonly dependencies: readonly Dependency[]
  /** Clears what has expired, once it is started. */
  readonly upkeep: Rounds
  /** Does once what the first visitors would wait for. Rejects where the database or the store cannot be used. */
  warm(): Promise<void>
}

/** An application that answers requests, not only the commands of the shell. */
export interface ServingApp extends App {
  readonly schema: GraphQLSchema
}
