import type { Logger } from 'pino'
import { createAudit } from '../auth/audit/audit.ts'
import type { AuthListener } from '../auth/audit/listener.ts'
import { createRoster } from '../auth/roster/roster.ts'
import type { Roster } from '../auth/roster/roster.ts'
import { createThrottle } from '../auth/throttle/throttle.ts'
import type { Throttle } from '../auth/throttle/throttle.ts'
import { createUseCases } from '../auth/use-cases.ts'
import type { UseCases } from '../auth/use-cases.ts'
import type { Config } from '../config/config.ts'
import { databaseKind } from '../database/database.ts'
import type { SessionStore } from '../session/store.ts'
import type { Foundation } from './foundation.ts'
import type { Streams } from './streams.ts'

/** What knows who visitors are, and what changes it. */
export interface Auth {
  readonly roster: Roster
  readonly throttle: Throttle
  readonly useCases: UseCases
}

/** What the use cases work on, beside the foundation. */
export interface AuthParts {
  readonly store: SessionStore
  /** While sessions move between the roster's rows and another store: that store. */
  readonly besideRows?: SessionStore
  readonly told: Streams['told']
  readonly listeners?: readonly AuthListener[] | undefined
  readonly log: Logger
}

/** Makes the roster, the throttle and the audit, and hands them to the use cases. */
export function createAuth(
  { db, database, engine, engineOptions, users, passwords, backends, observation }: Foundation,
  { store, besideRows, told, listeners = [], log }: AuthParts,
  config: Config,
): Auth {
  const { now, secretKey } = engineOptions
  const recordsAreRows = engine.recordIn !== null
  const counted = observation.metrics && { counts: observation.metrics.auth }
  const roster = createRoster(db, {
    now,
    database,
    recordIn: engine.recordIn,
    staffAge: config.staffAge,
    keepsRecords: engine.keepsRecords,
    onEnded: told.publish,
    watch: observation.watch('roster'),
    ...counted,
  })
  const throttle = observation.watchThrottle(createThrottle(db, { now, database, secretKey }))
  const useCases = createUseCases(
    {
      db,
      users,
      passwords,
      backends,
      throttle,
      roster,
      audit: createAudit(db, { now, database, log, ...counted }),
      listeners,
      store,
      ...(besideRows && { besideRows }),
      recordsAreRows,
      rowsAtOnce: databaseKind(config.databaseUrl).rowsAtOnce,
      events: told,
      now,
      log,
      ...counted,
    },
    config,
  )
  return { roster, throttle, useCases }
}
