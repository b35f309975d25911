import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { expiredRecords, expiredRows } from '../upkeep/expired.ts'
import { createLease } from '../upkeep/lease.ts'
import { createWatch } from '../upkeep/load.ts'
import type { Rounds } from '../upkeep/rounds.ts'
import { createUpkeep } from '../upkeep/upkeep.ts'
import type { Foundation } from './foundation.ts'

/** What clears the expired things of an application, once it is started. */
export function upkeepOf(foundation: Foundation, config: Config, log: Logger): Rounds {
  const { db, database, engine, engineOptions } = foundation
  return createUpkeep({
    shared: expiredRows(db, { retention: config.auditRetention }),
    lease: createLease(db, 'upkeep'),
    own: engine.recordIn ? [] : [expiredRecords(engine.store)],
    watch: createWatch(() => database.waiting),
    now: engineOptions.now,
    log,
  })
}
