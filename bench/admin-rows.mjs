/** How the databases spell what the rows are made by. */
const dialects = {
  sqlite: {
    numbers: (from, to) =>
      `(WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to - 1}) SELECT i FROM n) AS n`,
    id: (number, length) => `printf('%0${length}x', ${number})`,
    time: (milliseconds) => `CAST(${milliseconds} AS INTEGER)`,
    no: '0',
    yes: '1',
  },
  postgresql: {
    numbers: (from, to) => `generate_series(${from}::bigint, ${to - 1}::bigint) AS n(i)`,
    id: (number, length) => `lpad(to_hex(${number}), ${length}, '0')`,
    time: (milliseconds) => `(to_timestamp((${milliseconds}) / 1000.0) AT TIME ZONE 'UTC')`,
    no: 'false',
    yes: 'true',
  },
}

/** Browsers, with a place for the version. */
const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/#.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:#.0) Gecko/20100101 Firefox/#.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/#.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/#.5 Safari/605.1.15',
]

/** A browser in each of 301 versions. */
const versioned = (text) => `'${text.replaceAll('#', `' || (i % 301) || '`)}'`

const day = 86_400_000

/**
 * Statements that plant so many sessions, half of them of users and half of guests, a tenth of them ended and a tenth
 * expired; a tenth as many users, and a thousand at least; and as many events. However many they are, they began over the
 * same days, so that a filter by time finds the same part of them. Some of each are rare: a session in a hundred
 * thousand is from 192.0.2.1, and as few have the browser Lynx; one in a hundred has Opera. The others have one of four
 * browsers in 301 versions. As few as have Lynx began 50 days ago and have been idle for 40.
 */
export function plantingOf(kind, count) {
  const { numbers, id, time, no, yes } = dialects[kind]
  const now = Date.now()
  const users = Math.max(1_000, count / 10)
  const step = 500_000_000 / count // sessions began over six days
  const timeOf = (milliseconds, days) =>
    time(`CASE WHEN i % 100000 = 11 THEN ${now - days * day} - i ELSE ${milliseconds} END`)
  const agent = `CASE WHEN i % 100000 = 7 THEN 'Lynx/2.9.2' WHEN i % 100 = 9 THEN ${versioned('Opera/#')} ${agents.map((text, at) => `WHEN i % 4 = ${at} THEN ${versioned(text)}`).join(' ')} END`
  const address = `CASE WHEN i % 100000 = 7 THEN '192.0.2.1' ELSE '198.' || (i % 200) || '.' || (i % 199) || '.7' END`
  const type = `CASE WHEN i % 10 < 5 THEN 'LOGIN' WHEN i % 10 < 7 THEN 'LOGIN_FAILED' WHEN i % 10 = 7 THEN 'LOGOUT' WHEN i % 1000 = 8 THEN 'USER_DEACTIVATED' WHEN i % 10 = 8 THEN 'SESSION_REVOKED' ELSE 'LOGIN_THROTTLED' END`
  const parts = []
  for (let from = 0; from < count; from += 100_000) {
    const to = Math.min(count, from + 100_000)
    if (from < users)
      parts.push(`INSERT INTO "User" (id, username, "usernameKey", email, "emailKey", "passwordHash", "isActive", "isStaff", epoch, "dateJoined")
        SELECT ${id('i', 36)}, 'user' || i, 'user' || i, 'user' || i || '@mail.example', 'user' || i || '@mail.example', '!', ${yes}, ${no}, 0, ${time(`${now} - i * 1000`)}
        FROM ${numbers(from, Math.min(users, to))}`)
    const scattered = `(i * 7919) % ${users}` // neighbours in time are different users
    parts.push(
      `INSERT INTO "Session" (id, "userId", epoch, "createdAt", "lastSeenAt", "expiresAt", "ipAddress", "userAgent", "endedAt", "endReason", version, data)
        SELECT ${id('i', 64)}, CASE WHEN i % 2 = 0 THEN ${id(scattered, 36)} END, 0, ${timeOf(`${now} - i * ${step}`, 50)}, ${timeOf(`${now} - i * ${0.8 * step}`, 40)},
          ${time(`CASE WHEN i % 10 = 3 THEN ${now} - 1000 ELSE ${now} + ${14 * day} END`)}, ${address}, ${agent},
          CASE WHEN i % 10 = 4 THEN ${time(`${now} - i * ${0.6 * step}`)} END, CASE WHEN i % 10 = 4 THEN 'LOGOUT' END, 1, '{"data":{}}'
        FROM ${numbers(from, to)}`,
      `INSERT INTO "AuditEvent" (id, at, type, "actorId", "subjectId", "sessionId", "ipAddress", "userAgent")
        SELECT ${id('i', 36)}, ${time(`${now} - i * ${Math.floor((7 * day) / count)}`)}, ${type}, ${id(scattered, 36)}, ${id(scattered, 36)}, ${id('i', 64)}, ${address}, ${agent}
        FROM ${numbers(from, to)}`,
    )
  }
  return parts
}
