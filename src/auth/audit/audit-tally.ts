import { LRUCache } from 'lru-cache'
import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import type { AuthEvent } from './auth-event.ts'

/** A step of time, from one instant to just before another, in milliseconds since 1970. */
export interface Step {
  readonly from: number
  readonly until: number
}

/** How many events there were in each step of time, for charts. */
export interface AuditTally {
  /** Counts the events of these types in each step, up to `mostCounted` of a type. */
  tally(types: readonly AuthEvent['type'][], steps: readonly Step[]): Promise<readonly number[]>
}

/** The count of a type in a step stops here: counting more would take too long for a page. */
export const mostCounted = 5_000

const inStep = statement<{ readonly count: number }>(
  `SELECT CAST(count(*) AS INTEGER) AS "count"
   FROM (SELECT id FROM "AuditEvent" WHERE type = $1 AND at >= $2 AND at < $3 LIMIT $4) AS e`,
)

/** How long the count of a past step may still grow, because events are stored a little late. */
const settled = 5 * 60_000

/**
 * Counts in the AuditEvent table. Counts a step only once when it is over or has reached the bound: the audit only grows at
 * its end.
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
        await new Promise(setImmediate) // lets other requests have a turn
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
