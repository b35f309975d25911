import { idleAge } from './world.ts'
import type { World } from './world.ts'

/** Lets time pass, enough to end a session that nothing renews where nothing is said, and says which sessions have expired. */
export function passTime(world: World, by: string, seconds = idleAge - 20): Promise<string[]> {
  return world.scheduler.call({
    by,
    what: `${seconds} seconds pass`,
    touches: [{ kind: '*', name: '*', writes: true }],
    mayFail: false,
    perform() {
      world.rest.now += seconds * 1000
      return expired(world)
    },
  })
}

/** The ids of all sessions whose time is over, save those that a write under way may still renew. */
function expired({ engine, scheduler, rest: { tables, records, now } }: World): string[] {
  const clocks: [string, number][] =
    engine === 'database'
      ? [...tables.session].map(([id, row]) => [id, Number(row['expiresAt'])])
      : [...records.kept].map(([id, record]) => [id, record.expiresAt])
  return clocks
    .filter(([id, expiresAt]) => expiresAt <= now && !scheduler.isWrittenTo(id))
    .map(([id]) => id)
}
