import type { Logger } from 'pino'
import { expiredRecords, expiredRows } from '../auth/clearing/expired.ts'
import { createLoadMeter } from '../auth/clearing/load.ts'
import type { Config } from '../config/config.ts'
import { createLease } from '../upkeep/lease.ts'
import type { Rounds } from '../upkeep/rounds.ts'
import { createUpkeep } from '../upkeep/upkeep.ts'
import type { AuthCounts } from '../metrics/auth-counts.ts'
import type { Foundation } from './foundation.ts'

/** What clears the expired things of an application, once it is started. `counts` is told of how many there were. */
export function upkeepOf(
  foundation: Foundation,
  config: Config,
  log: Logger,
  counts?: Pick<AuthCounts, 'cleared' | 'ended'>,
): Rounds {
  const { db, database, engine, engineOptions } = foundation
  const { sessions, others } = expiredRows(db, {
    retention: config.auditRetention,
    ...(counts && { onExpired: (count) => counts.ended('EXPIRED', count) }),
  })
  return createUpkeep({
    shared: [sessions, ...others],
    lease: createLease(db, 'upkeep'),
    own: engine.recordIn ? [] : [expiredRecords(engine.store, { unlessAnother: true })],
    analyzeGrown: db.analyzeGrown,
    measureLoad: createLoadMeter(() => database.waiting),
    now: engineOptions.now,
    clock: db.clock,
    log,
    ...(counts && { onRemoved: counts.cleared }),
  })
}
