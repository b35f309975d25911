import { LRUCache } from 'lru-cache'
import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { AuthEvent } from './auth-event.ts'

/** A step of time, from one instant to before another, in milliseconds since 1970. */
export interface Step {
  readonly from: number
  readonly until: number
}

/** How many events there were in each step of time, for charts. */
export interface AuditTally {
  /** Counts the events of these types in each step, to `mostCounted` of a type. */
  tally(types: readonly AuthEvent['type'][], steps: readonly Step[]): Promise<readonly number[]>
}

/** A step with more events of a type is shown as that many: to count them all would take longer than a page may. */
export const mostCounted = 5_000

const inStep = statement<{ readonly count: number }>(
  `SELECT CAST(count(*) AS INTEGER) AS "count"
   FROM (SELECT id FROM "AuditEvent" WHERE type = $1 AND at >= $2 AND at < $3 LIMIT $4) AS e`,
)

/** For so long the count of a step that is over may still grow, because what happened is stored a little later. */
const settled = 5 * 60_000

/**
 * Counts in the AuditEvent table. A step that is over is counted once, and one that has reached the bound: the audit only
 * grows at its end.
 */
export function createAuditTally({
  db,
  now,
}: {
  readonly db: Database
  /** Milliseconds since 1970. */
  readonly now: () => number
}): AuditTally {
  const known = new LRUCache<string, number>({ max: 2_000 })

  return {
    async tally(types, steps) {
      const counts: number[] = []
      for (const step of steps) {
        await new Promise(setImmediate) // other requests get their turn in between
        let count = 0
        for (const type of types) count += await countOf(type, step)
        counts.push(count)
      }
      return counts
    },
  }

  async function countOf(type: AuthEvent['type'], { from, until }: Step): Promise<number> {
    const name = `${type} ${from} ${until}`
    const kept = known.get(name)
    if (kept !== undefined) return kept
    const values = [type, new Date(from), new Date(until), mostCounted]
    const row = await db.statements.first(inStep, values)
    const count = row?.count ?? 0
    if (until + settled < now() || count >= mostCounted) known.set(name, count)
    return count
  }
}
