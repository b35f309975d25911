import { createHash } from 'node:crypto'

/** A day, in milliseconds. */
const day = 86_400_000

/** What visitors of a shop send. */
export const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36',
]

/** How many sessions user 0 has, who is ended at once. */
export const ofOneUser = (size) => Math.min(10_000, size / 10)

/** How many are expired, and wait to be cleared. */
export const expiredOf = (size) => Math.min(50_000, size / 20)

/** The key of session `at`, as the visitor's cookie has it. */
export const keyOf = (at) => createHash('sha256').update(`scale ${at}`).digest('base64url')

/** Its id. */
export const idOf = (at) => createHash('sha256').update(keyOf(at)).digest('hex')

/** The id of the user of a session; null for a guest's. Every second visitor is signed in, ten times each. */
export function userOf(at, size) {
  if (at < ofOneUser(size)) return userId(0)
  return at % 2 === 0 ? userId(1 + Math.floor(at / 20)) : null
}

export const userId = (user) => `00000000-0000-7000-8000-${String(user).padStart(12, '0')}`

/** How many users there are. */
export const usersOf = (size) => 1 + Math.ceil(size / 20)

/** The columns of session `at` of `size`, the last of which are expired. `templates` are what the server itself has stored. */
export function sessionOf(at, size, { guest, user }, now) {
  const isExpired = at >= size - expiredOf(size)
  const createdAt = now - Math.floor((at * 13 * day) / size) - 1000
  const expiresAt = isExpired ? now - 1000 : now + 14 * day
  const owner = userOf(at, size)
  const record = { ...(owner ? user : guest), createdAt, lastSeenAt: createdAt, expiresAt }
  const auth = owner && { ...user.auth, userId: owner }
  return {
    id: idOf(at),
    owner,
    createdAt,
    expiresAt,
    ipAddress: `10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}`,
    userAgent: agents[at % agents.length],
    data: JSON.stringify({ ...record, auth }),
  }
}

/** The same rows as a SELECT for PostgreSQL, which makes ten million of them in minutes. $1 and $2 are the templates as text. */
export function sessionsInSql(size, now) {
  const [mine, expired] = [ofOneUser(size), expiredOf(size)]
  return `
    INSERT INTO "Session" (id, "userId", epoch, "createdAt", "lastSeenAt", "expiresAt", "ipAddress", "userAgent", version, data)
    SELECT encode(sha256(convert_to(key, 'UTF8')), 'hex'), owner, CASE WHEN owner IS NULL THEN NULL ELSE 0 END,
      to_timestamp(created / 1000.0) AT TIME ZONE 'UTC', to_timestamp(created / 1000.0) AT TIME ZONE 'UTC',
      to_timestamp(expires / 1000.0) AT TIME ZONE 'UTC',
      '10.' || ((at >> 16) & 255) || '.' || ((at >> 8) & 255) || '.' || (at & 255),
      ($3::text[])[1 + at % ${agents.length}], 1,
      replace(replace(replace(CASE WHEN owner IS NULL THEN $1 ELSE $2 END, '@user', coalesce(owner, '')), '"@created"', created::text), '"@expires"', expires::text)
    FROM (
      SELECT at, ${now} - (at::bigint * ${13 * day} / ${size}) - 1000 AS created,
        CASE WHEN at >= ${size - expired} THEN ${now - 1000} ELSE ${now + 14 * day} END AS expires,
        rtrim(translate(encode(sha256(convert_to('scale ' || at, 'UTF8')), 'base64'), '+/', '-_'), '=') AS key,
        CASE WHEN at < ${mine} THEN '${userId(0)}'
          WHEN at % 2 = 0 THEN '00000000-0000-7000-8000-' || lpad((1 + at / 20)::text, 12, '0') END AS owner
      FROM generate_series($4::int, $5::int) AS at
    ) AS made`
}

/** A template for `sessionsInSql`, of a record that the server has stored. */
export function templateOf(record) {
  const auth = record.auth && { ...record.auth, userId: '@user' }
  const clocks = { createdAt: '@created', lastSeenAt: '@created', expiresAt: '@expires' }
  return JSON.stringify({ ...record, auth, ...clocks })
}
