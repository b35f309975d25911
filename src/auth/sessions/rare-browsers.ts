import { literal, spellings } from '../../database/literal.ts'
import type { Database } from '../../database/database.ts'
import { statement } from '../../database/statements.ts'
import { isPossible } from '../lists/possible.ts'
import { longestText } from './session-filter.ts'
import type { SessionFilter } from './session-filter.ts'

/** So many different texts are passed at most, in ten milliseconds or so. A bot may send another one with each login. */
const mostPassed = 2_000

/** So many of them may match: a statement names each. */
const mostMatching = 500

/** `contains`, between two texts in lower case: it means the same on both databases. */
const isMeant = `lower(sent.text) LIKE lower($2) ESCAPE '\\'`

/**
 * The texts that browsers have sent and the pattern `$2` matches, by a loose scan: the index leads from each text to the
 * next, whatever the number of sessions that have it. The scan stops at `$1` texts, and at `$3` sessions that have one that
 * matches. Its last row says so.
 */
export const browserTexts = statement<{ readonly text: string | null; readonly isCut: number }>(
  `WITH RECURSIVE sent(text, place, sessions) AS (
    SELECT min(s."userAgent"), 1, 0 FROM "Session" s
    UNION ALL
    SELECT
      (SELECT min(s."userAgent") FROM "Session" s WHERE s."userAgent" > sent.text),
      sent.place + 1,
      sent.sessions + CASE WHEN ${isMeant} THEN (
        SELECT CAST(count(*) AS INTEGER)
        FROM (SELECT 1 FROM "Session" s WHERE s."userAgent" = sent.text LIMIT $3) AS having_it
      ) ELSE 0 END
    FROM sent WHERE sent.text IS NOT NULL AND sent.place < $1 AND sent.sessions < $3
   )
   SELECT sent.text AS "text", CASE WHEN sent.place = $1 OR sent.sessions >= $3 THEN 1 ELSE 0 END AS "isCut"
   FROM sent WHERE ${isMeant} OR sent.place = $1 OR sent.sessions >= $3`,
)

/**
 * What the browsers that `filter` means have sent, as whole texts: an index finds their sessions. Null where more than `most`
 * sessions have them, where the scan cannot tell, and where the filter means no browser.
 */
export async function rareBrowsers(
  { statements }: Pick<Database, 'statements'>,
  { userAgentContains: part }: SessionFilter,
  most: number,
): Promise<readonly string[] | null> {
  if (part == null) return null
  // Browsers send ASCII. What the lower case of other letters is, each database says for itself.
  if (!isPossible(part, longestText) || spellings(part).length > 1) return null
  const rows = await statements.all(browserTexts, [mostPassed, `%${literal(part)}%`, most + 1])
  if (rows.length > mostMatching || rows.some(({ isCut }) => isCut === 1)) return null
  return rows.map(({ text }) => text).filter((text) => text !== null)
}
