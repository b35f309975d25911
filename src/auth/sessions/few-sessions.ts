import type { Database } from '../../database/database.ts'
import { literal, spellings } from '../../database/literal.ts'
import { statement } from '../../database/statements.ts'
import { fitsColumn } from '../lists/column-text.ts'
import { earliest, longestText, unindexed } from './session-filter.ts'
import type { SessionCondition, SessionFilter } from './session-filter.ts'

/** How many sessions a count or an end looks at one by one. */
const mostSessions = 10_000

/** Sessions that may match a filter. */
export interface SomeSessions {
  readonly which: SessionCondition
  /** Are all that match among them? */
  readonly areAll: boolean
}

/**
 * Up to `most` sessions with the browser or the last activity of `filter`, by an index. Null where the filter has neither,
 * and where an index serves its user or address.
 */
export async function someSessions(
  db: Pick<Database, 'statements'>,
  filter: SessionFilter,
  most: number,
): Promise<SomeSessions | null> {
  const { userId, username, ipAddress, lastSeenBefore } = filter
  if ((userId ?? username ?? ipAddress) != null) return null
  const since = lastSeenBefore ? await idleSince(db, lastSeenBefore, most) : null
  const idle = lastSeenBefore && {
    which: { lastSeenAt: { gt: since ?? earliest, lt: lastSeenBefore } },
    areAll: since === null,
  }
  if (idle?.areAll) return idle
  const browsers = await rareBrowsers(db, filter, most)
  const having = browsers && {
    which: { userAgent: { in: [...browsers.texts] } },
    areAll: browsers.areAll,
  }
  return having?.areAll ? having : (idle ?? having)
}

/**
 * A condition that all sessions of `filter` match, and at most `most` in all: see `someSessions`. Null where more may match.
 */
export async function fewSessions(
  db: Pick<Database, 'statements'>,
  filter: SessionFilter,
  most = mostSessions,
): Promise<SessionCondition | null> {
  const some = await someSessions(db, filter, most)
  return some?.areAll ? some.which : null
}

/** Those of the few that match `condition` too; all that match it where `few` is null. */
export function among(few: SessionCondition | null, condition: SessionCondition): SessionCondition {
  return few === null ? condition : { AND: [few, unindexed(condition)] }
}

/** The last activity of the session behind `$2` others that were last seen before `$1`, from there backward along an index. */
export const idleRows = statement<{ readonly lastSeenAt: number }>(
  `SELECT s."lastSeenAt" FROM "Session" s WHERE s."lastSeenAt" < $1
   ORDER BY s."lastSeenAt" DESC LIMIT 1 OFFSET $2`,
)

/**
 * No more than `most` sessions were last seen between the instant that this gives and `instant`, both left out. Null where
 * no more were last seen before `instant` at all.
 */
async function idleSince(
  { statements }: Pick<Database, 'statements'>,
  instant: Date,
  most: number,
): Promise<Date | null> {
  const row = await statements.first(idleRows, [instant, most])
  return row && new Date(row.lastSeenAt)
}

/** How many different texts the scan passes, in ten milliseconds or so. A bot may send a new text with each login. */
const mostPassed = 2_000

/** How many texts may match: a statement names each. */
const mostNamed = 500

/** Whole user agents: an index finds their sessions. */
export interface BrowserTexts {
  readonly texts: readonly string[]
  /** Are these all that match? */
  readonly areAll: boolean
}

/**
 * The user agents that match the pattern `$2`, by a loose scan: the index leads from each text to the next, however many
 * sessions have it. It counts their sessions. The scan stops after `$1` texts or `$3` sessions; a row without a next text
 * means that it came to the end. Each row is about the text to which the one before has led, so that it compares each text
 * once. `lower`: `contains` means the same on both databases.
 */
export const browserTexts = statement<{
  readonly text: string | null
  readonly sessions: number
  readonly isEnd: number
}>(
  `WITH RECURSIVE sent(text, next, place, sessions, before) AS (
    SELECT CAST(NULL AS TEXT), min(s."userAgent"), 0, 0, 0 FROM "Session" s
    UNION ALL
    SELECT
      sent.next,
      (SELECT min(s."userAgent") FROM "Session" s WHERE s."userAgent" > sent.next),
      sent.place + 1,
      CASE WHEN lower(sent.next) LIKE lower($2) ESCAPE '\\' THEN (
        SELECT CAST(count(*) AS INTEGER)
        FROM (SELECT 1 FROM "Session" s WHERE s."userAgent" = sent.next LIMIT $3) AS having_it
      ) ELSE 0 END,
      sent.before + sent.sessions
    FROM sent WHERE sent.next IS NOT NULL AND sent.place < $1 AND sent.before + sent.sessions < $3
   )
   SELECT sent.text AS "text", sent.sessions AS "sessions", CASE WHEN sent.next IS NULL THEN 1 ELSE 0 END AS "isEnd"
   FROM sent WHERE sent.sessions > 0 OR sent.next IS NULL ORDER BY sent.place`,
)

/**
 * Browsers of `filter` that at most `most` sessions have. Null where the filter names no browser, and where the scan cannot
 * tell.
 */
export async function rareBrowsers(
  { statements }: Pick<Database, 'statements'>,
  { userAgentContains: part }: SessionFilter,
  most: number,
): Promise<BrowserTexts | null> {
  if (part == null) return null
  // Browsers send ASCII. The databases differ in the lower case of other letters.
  if (!fitsColumn(part, longestText) || spellings(part).length > 1) return null
  const rows = await statements.all(browserTexts, [mostPassed, `%${literal(part)}%`, most + 1])
  const texts: string[] = []
  let left = most
  for (const { text, sessions } of rows) {
    left -= sessions
    if (left < 0 || texts.length === mostNamed) return { texts, areAll: false }
    if (text !== null && sessions > 0) texts.push(text)
  }
  return { texts, areAll: rows.at(-1)?.isEnd === 1 }
}
