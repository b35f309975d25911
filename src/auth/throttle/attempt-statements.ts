import { statement } from '../../database/statements.ts'

/** A counter as it is stored: how many attempts count, and when they are forgotten, in milliseconds since 1970. */
export interface Row {
  readonly points: number
  readonly expire: number
}

interface Key {
  readonly key: string
}

/** A row whose time is up starts again with the given window; any other counts one more. */
const oneMore = (at: string) =>
  `points = CASE WHEN a.expire > ${at} THEN a.points + 1 ELSE 1 END,
   expire = CASE WHEN a.expire > ${at} THEN a.expire ELSE excluded.expire END`

/** The statements of the counter of attempts. Each is atomic by itself. */
export const attemptStatements = {
  both: statement<Row & Key>('SELECT key, points, expire FROM "Attempt" WHERE key IN ($1, $2)'),

  find: statement<Row>('SELECT points, expire FROM "Attempt" WHERE key = $1'),

  /** Counts one at `$1`, in a window until `$2` where none runs at `$4`, unless `$3` are counted. */
  countOne: statement(
    `INSERT INTO "Attempt" AS a (key, points, expire) VALUES ($1, 1, $2)
     ON CONFLICT (key) DO UPDATE SET ${oneMore('$4')}
     WHERE a.expire <= $4 OR a.points < $3`,
  ),

  /**
   * The same for two keys: `$1` to `$3` are of one, `$4` to `$6` of the other, and `$7` is the time. Changes neither where
   * one has no free attempt left. Where another process takes the last one meanwhile, it counts only the other key.
   */
  countBoth: statement<Key>(
    `INSERT INTO "Attempt" AS a (key, points, expire)
     SELECT t.key, 1, t.expire
     FROM (SELECT CAST($1 AS TEXT) AS key, CAST($2 AS TIMESTAMP) AS expire
           UNION ALL SELECT CAST($4 AS TEXT), CAST($5 AS TIMESTAMP)) AS t
     WHERE NOT EXISTS (SELECT 1 FROM "Attempt" AS b WHERE b.key IN ($1, $4) AND b.expire > $7
                       AND ((b.key = $1 AND b.points >= $3) OR (b.key = $4 AND b.points >= $6)))
     ON CONFLICT (key) DO UPDATE SET ${oneMore('$7')}
     WHERE a.expire <= $7 OR (a.key = $1 AND a.points < $3) OR (a.key = $4 AND a.points < $6)
     RETURNING key`,
  ),

  /** Replaces the values `$2` and `$3` of a row by `$4` and `$5`. */
  exchange: statement(
    'UPDATE "Attempt" SET points = $4, expire = $5 WHERE key = $1 AND points = $2 AND expire = $3',
  ),

  takeLast: statement('DELETE FROM "Attempt" WHERE key = $1 AND points <= 1'),
  takeOne: statement('UPDATE "Attempt" SET points = points - 1 WHERE key = $1 AND points > 1'),
  forget: statement('DELETE FROM "Attempt" WHERE key = $1'),
  forgetAndTakeLast: statement<Key>(
    'DELETE FROM "Attempt" WHERE key = $1 OR (key = $2 AND points <= 1) RETURNING key',
  ),
}
