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

/** How many users have sessions: one for twenty. Every second session is a user's, so each has ten. */
export const usersOf = (size) => Math.ceil(size / 20)

/** The key of session `at`, as the visitor's cookie has it. */
export const keyOf = (at) => createHash('sha256').update(`scale ${at}`).digest('base64url')

/** Its id. */
export const idOf = (at) => createHash('sha256').update(keyOf(at)).digest('hex')

/** Which user session `at` is of, whose ten sessions are spread over all days; null for a guest's. */
export const userOf = (at, size) => (at % 2 === 0 ? (at / 2) % usersOf(size) : null)

/** The id of a user. */
export const userId = (user) => `00000000-0000-7000-8000-${String(user).padStart(12, '0')}`

/** When session `at` of `size` began: the first now, the last 13 days ago. */
export const createdAtOf = (at, size, now) => now - Math.floor((at * 13 * day) / size) - 1000

/** When a session of a fill that began at `now` expires. */
export const expiryOf = (now) => now + 14 * day

/** The columns of session `at` of `size`. `templates` are records that the server itself has stored. */
export function sessionOf(at, size, { guest, user }, now) {
  const [createdAt, expiresAt] = [createdAtOf(at, size, now), expiryOf(now)]
  const number = userOf(at, size)
  const owner = number === null ? null : userId(number)
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

/**
 * The same rows as a SELECT for PostgreSQL, which makes ten million of them in minutes; without records where another engine
 * keeps them, and then of users alone. $1 and $2 are the templates as text, $3 the browsers, $4 and $5 the first and the last.
 */
export function sessionsInSql(size, now, { hasRecords = true } = {}) {
  const kept = hasRecords
    ? `1, replace(replace(replace(CASE WHEN owner IS NULL THEN $1 ELSE $2 END, '@user', coalesce(owner, '')), '"@created"', created::text), '"@expires"', '${expiryOf(now)}')`
    : `0, NULL::text FROM (SELECT $1::text, $2::text) AS unused`
  return `
    SELECT encode(sha256(convert_to(key, 'UTF8')), 'hex'), owner, CASE WHEN owner IS NULL THEN NULL ELSE 0 END,
      to_timestamp(created / 1000.0) AT TIME ZONE 'UTC', to_timestamp(created / 1000.0) AT TIME ZONE 'UTC',
      to_timestamp(${expiryOf(now)} / 1000.0) AT TIME ZONE 'UTC',
      '10.' || ((at >> 16) & 255) || '.' || ((at >> 8) & 255) || '.' || (at & 255),
      ($3::text[])[1 + at % ${agents.length}], ${kept}${hasRecords ? ' FROM' : ','}
      (${drawn(size, now)}) AS made${hasRecords ? '' : ' WHERE owner IS NOT NULL'}`
}

/** An event for each login, as the audit has it. $1 are the browsers, $2 and $3 the first and the last session. */
export function loginsInSql(size, now) {
  return `
    SELECT substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7000-8000-' || lpad(to_hex(at), 12, '0'),
      to_timestamp(created / 1000.0) AT TIME ZONE 'UTC', 'LOGIN', owner, owner, encode(sha256(convert_to(key, 'UTF8')), 'hex'),
      '10.' || ((at >> 16) & 255) || '.' || ((at >> 8) & 255) || '.' || (at & 255), ($1::text[])[1 + at % ${agents.length}]
    FROM (SELECT *, lpad(to_hex(created), 12, '0') AS hex FROM (${drawn(size, now, '$2', '$3')}) AS made) AS made WHERE owner IS NOT NULL`
}

function drawn(size, now, from = '$4', to = '$5') {
  return `
      SELECT at, ${now} - (at::bigint * ${13 * day} / ${size}) - 1000 AS created,
        rtrim(translate(encode(sha256(convert_to('scale ' || at, 'UTF8')), 'base64'), '+/', '-_'), '=') AS key,
        CASE WHEN at % 2 = 0 THEN '00000000-0000-7000-8000-' || lpad(((at / 2) % ${usersOf(size)})::text, 12, '0') END AS owner
      FROM generate_series(${from}::int, ${to}::int) AS at`
}

/** A template for `sessionsInSql`, of a record that the server has stored. */
export function templateOf(record) {
  const auth = record.auth && { ...record.auth, userId: '@user' }
  const clocks = { createdAt: '@created', lastSeenAt: '@created', expiresAt: '@expires' }
  return JSON.stringify({ ...record, auth, ...clocks })
}
