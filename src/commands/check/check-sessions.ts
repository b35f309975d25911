import type { App } from '../../app.ts'
import { isBuiltIn } from '../../config/engines.ts'
import type { Finding } from '../../config/judging/rule.ts'
import { statement } from '../../database/statements.ts'
import type { EngineChoice } from '../../session/engines/moving-engine.ts'
import { standingOf } from '../../session/moving/move-marks.ts'
import type { SessionId } from '../../session/key.ts'
import type { SessionStore } from '../../session/store.ts'
import type { Configured } from '../configure.ts'
import { howTheyLeave } from '../moves-by-writes.ts'

/** How many living sessions are looked for in the engine. */
const mostLookedFor = 200

/** A session that ends sooner may be gone before it is looked for, in milliseconds. */
const margin = 60_000

/** The users' sessions that are alive at `$1` and end first, `$2` at most. */
export const firstToEnd = statement<{ readonly id: string }>(
  `SELECT s.id FROM "Session" s WHERE s."userId" IS NOT NULL AND s."endedAt" IS NULL AND s."expiresAt" > $1
   ORDER BY s."expiresAt" LIMIT $2`,
)

/**
 * Does SESSION_ENGINE have the sessions that are alive by the roster? Where it does not, their visitors are signed out, or will
 * be without SESSION_ENGINE_PREVIOUS. It looks for those that end first: their visitors are the least active, and a move
 * comes to them last.
 */
export async function examineSessions(
  { db, keepsRecords, now, openEngine }: Pick<App, 'db' | 'keepsRecords' | 'now' | 'openEngine'>,
  { config, extensions }: Configured,
): Promise<Finding[]> {
  const engine = extensions.engine ?? config.sessionEngine
  if (!keepsRecords || !isBuiltIn(engine)) return []
  const until = new Date(now() + margin)
  const rows = await db.statements.all(firstToEnd, [until, mostLookedFor])
  if (rows.length === 0) return []
  const previous = extensions.previousEngine ?? config.sessionEnginePrevious
  const opened = await openEngine(engine)
  const ids = rows.map(({ id }) => id as SessionId)
  const missing = await countMissing(opened.store, ids)
    // `examineParts` reports a store that does not answer.
    .catch(() => null)
    .finally(() => opened.store.close?.())
  if (missing === null) return []
  const counted = `Of ${rows.length} sessions of users that were looked for, the engine ${String(engine)} has ${rows.length - missing}.`
  if (previous !== null) {
    const leave = (await canList(previous, openEngine))
      ? whenToMigrate(missing)
      : howTheyLeave(opened.store, config)
    const cure =
      missing > 0
        ? `Without SESSION_ENGINE_PREVIOUS the others would be signed out. ${leave}`
        : leave
    return [{ level: 'INFO', about: 'SESSION_ENGINE_PREVIOUS', says: counted, cure }]
  }
  if (missing === 0) return []
  return [
    {
      level: 'WARNING',
      about: 'SESSION_ENGINE',
      says: `${counted} The visitors of the others are signed out.`,
      cure: 'Where another engine has them, name it in SESSION_ENGINE_PREVIOUS and run coatcheck sessions migrate. Where the store has forgotten them, nothing brings them back.',
    },
  ]
}

/** What the operator runs before they take SESSION_ENGINE_PREVIOUS out, where `sessions migrate` can find what is left. */
function whenToMigrate(missing: number): string {
  return missing > 0
    ? 'Run coatcheck sessions migrate first.'
    : 'Run coatcheck sessions migrate once more before you take SESSION_ENGINE_PREVIOUS out: it looks at all of them, and at guests.'
}

/** Can `sessions migrate` find what is in that engine? One that does not open counts as such: the server does not start with it. */
async function canList(engine: EngineChoice, openEngine: App['openEngine']): Promise<boolean> {
  const opened = await openEngine(engine).catch(() => null)
  await opened?.store.close?.()
  return opened === null || opened.store.list !== undefined
}

async function countMissing(store: SessionStore, ids: readonly SessionId[]): Promise<number> {
  let missing = 0
  for (const id of ids) {
    const record = await store.load(id)
    if (record === null || standingOf(record) !== 'kept') missing++
  }
  return missing
}
