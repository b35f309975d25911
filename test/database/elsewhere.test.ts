import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'

/**
 * What CockroachDB (v26.3) or YugabyteDB (2025.2) lacks of PostgreSQL, or takes otherwise, by their own lists of differences, and
 * a statement that has it. docs/decisions/0064 says which of it we use, and what comes of that.
 */
const foreign: Record<string, readonly [RegExp, string]> = {
  'advisory locks': [/\bpg_(try_)?advisory_\w+/i, 'SELECT pg_advisory_lock(1)'],
  'LISTEN and NOTIFY': [/\b(UN)?LISTEN\b|\bNOTIFY\b|\bpg_notify\b/, 'LISTEN channel'],
  'a collation': [/\bCOLLATE\b/i, 'SELECT lower(a COLLATE "C")'],
  'locks of rows': [
    /\bFOR (NO KEY )?UPDATE\b|\bFOR (KEY )?SHARE\b/i,
    'SELECT 1 FOR UPDATE SKIP LOCKED',
  ],
  'locks of tables': [/\bLOCK (TABLE|")/i, 'LOCK TABLE "User"'],
  'system columns': [/\b(ctid|xmin|xmax|cmin|cmax|tableoid)\b/, 'DELETE FROM a WHERE ctid = $1'],
  'deferrable constraints': [/\bDEFERRABLE\b|\bSET CONSTRAINTS\b/i, 'UNIQUE (a) DEFERRABLE'],
  'exclusion constraints': [/\bEXCLUDE USING\b/i, 'EXCLUDE USING gist (a WITH &&)'],
  'a level of isolation': [/\bISOLATION LEVEL\b/i, 'BEGIN ISOLATION LEVEL SERIALIZABLE'],
  'two phases': [/\bPREPARE TRANSACTION\b/i, "PREPARE TRANSACTION 'a'"],
  triggers: [/\bCREATE (EVENT |CONSTRAINT )?TRIGGER\b/i, 'CREATE TRIGGER a'],
  'code in the database': [
    /\bCREATE (OR REPLACE )?(FUNCTION|PROCEDURE)\b|\bDO \$/i,
    'DO $$ BEGIN END $$',
  ],
  'extensions and types': [/\bCREATE (EXTENSION|DOMAIN|TYPE)\b/i, 'CREATE EXTENSION citext'],
  'kinds of indexes': [
    /\bUSING (gist|gin|brin|spgist|hash)\b/i,
    'CREATE INDEX a ON b USING gist (c)',
  ],
  inheritance: [/\bINHERITS\b|\bPARTITION OF\b/i, 'CREATE TABLE a () INHERITS (b)'],
  'tables for a session': [/\b(TEMP|TEMPORARY|UNLOGGED) TABLE\b/i, 'CREATE TEMP TABLE a (b TEXT)'],
  'a change of type': [/\bALTER COLUMN .* TYPE\b/is, 'ALTER TABLE a ALTER COLUMN b TYPE TEXT'],
  'computed columns': [/\bGENERATED ALWAYS AS \(/i, 'a INT GENERATED ALWAYS AS (b)'],
  'held cursors': [/\bDECLARE .* CURSOR\b/is, 'DECLARE a CURSOR WITH HOLD FOR SELECT 1'],
  merging: [/\bMERGE INTO\b/i, 'MERGE INTO a USING b ON true'],
  COPY: [/\bCOPY ("|\()/, 'COPY "User" FROM STDIN'],
  'numbers that a sequence gives': [/\b(BIG)?SERIAL\b|\bnextval\b/i, 'a SERIAL'],
}

/** Which of it is in these words. */
function foreignWords(sql: string): string[] {
  return Object.entries(foreign).flatMap(([name, [pattern]]) => (pattern.test(sql) ? [name] : []))
}

test('the list of what CockroachDB and YugabyteDB lack finds each of it in a statement that has it', () => {
  for (const [name, [, sql]] of Object.entries(foreign)) expect(foreignWords(sql)).toContain(name)
})

/** A text of SQL in our source: it begins a string with the word of a statement. */
const sqlText =
  /(['"`])((?:SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|SET|LISTEN \$|CREATE|ALTER)[^]*?)\1/g

/** The files of a folder, and of those in it, whose names end so. */
function filesIn(folder: string, end: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith(end)).map((name) => join(folder, name))
}

test('prepared statements and migrations use of what CockroachDB and YugabyteDB lack only what decision 64 names', () => {
  const found: Record<string, string[]> = {}
  let texts = 0
  const look = (file: string, sql: string) => {
    texts++
    for (const name of foreignWords(sql)) (found[file] ??= []).push(name)
  }
  for (const file of filesIn('src', '.ts').filter((name) => !name.includes('generated')))
    for (const [, , sql = ''] of readFileSync(file, 'utf8').matchAll(sqlText)) look(file, sql)
  for (const file of filesIn('prisma/migrations/postgresql', '.sql'))
    look(file.replace(/.*\d{14}_/, ''), readFileSync(file, 'utf8').replaceAll(/^--.*$/gm, ''))
  expect(texts).toBeGreaterThan(60)
  expect(found).toEqual({
    'src/bus/open.ts': ['LISTEN and NOTIFY'],
    'src/bus/postgresql-line.ts': ['LISTEN and NOTIFY', 'LISTEN and NOTIFY'],
    'src/database/postgresql-turn.ts': ['advisory locks'],
    'src/database/removal.ts': ['locks of rows'],
    'email_keys/migration.sql': ['a collation'],
  })
})

const all = 'first: 2'
const filters = [
  '{}',
  '{ status: ENDED }',
  '{ status: EXPIRED, authenticated: true }',
  '{ ipAddress: "127.0.0.1", userAgentContains: "Fire%fox", authenticated: false }',
  '{ createdAfter: "2020-01-01T00:00:00Z", createdBefore: "2040-01-01T00:00:00Z", lastSeenBefore: "2040-01-01T00:00:00Z" }',
]

test.skipIf(postgresqlProgram === null)(
  'what visitors and staff make the server and Prisma send to PostgreSQL has of what CockroachDB or YugabyteDB lack no more than the locks of a clearing and the NOTIFY of the bus',
  async () => {
    const postgresql = await startPostgresql()
    const sent = new Set<string>()
    const server = await startServer(
      { DATABASE_URL: await postgresql.database(), AUTH_BACKENDS: 'password,email' },
      { onStatement: (sql) => sent.add(sql) },
    )
    try {
      const { app } = server
      const chief = await server.signedIn('chief', { isStaff: true })
      const ada = server.visitor()
      await ada.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
      await ada.data(
        'mutation { register(input: { username: "ada", password: "correct horse battery staple", email: "ada@mail.example" }) { __typename } }',
      )
      const login =
        'mutation { login(input: { username: "ada", password: "correct horse battery staple" }) { __typename } }'
      const wrong = 'mutation { login(input: { username: "ada", password: "x" }) { __typename } }'
      const other = server.visitor()
      for (const operation of [wrong, login, login]) await other.data(operation)
      await other.data('mutation { setSessionExpiry(seconds: 600) { __typename } }')
      const id: string = (await ada.data('{ me { id } }')).me.id
      await ada.data('mutation { revokeOtherSessions { __typename } }')
      await other.data('{ session { endReason } }')
      await ada.data(
        'mutation { changePassword(input: { currentPassword: "correct horse battery staple", newPassword: "another horse battery staple" }) { __typename } }',
      )
      for (const filter of filters) {
        const { sessions } = await chief.data(
          `{ sessions(${all}, filter: ${filter}) { totalCount pageInfo { endCursor startCursor } nodes { id data endReason user { username } } } }`,
        )
        const { endCursor } = sessions.pageInfo
        if (endCursor)
          await chief.data(
            `{ sessions(${all}, after: "${endCursor}", filter: ${filter}) { nodes { id } } }`,
          )
        await chief.data(`{ sessions(last: 2, filter: ${filter}) { nodes { id } } }`)
        await app.sessions.search({ userAgentContains: 'x' }, null, 20)
      }
      await chief.data(
        `{ users(${all}, search: "ad_") { nodes { id sessions(${all}) { nodes { id } } } } sessionStats { active expired } }`,
      )
      await chief.data(
        `{ auditEvents(${all}, filter: { userId: "${id}", since: "2020-01-01T00:00:00Z" }) { totalCount nodes { actor { username } } } }`,
      )
      await chief.data(`{ auditEvents(last: 2, filter: { type: LOGIN }) { nodes { id } } }`)
      await chief.data(
        `mutation { revokeSessions(dryRun: true, filter: { userId: "${id}" }) { __typename } setUserActive(id: "${id}", active: false) { __typename } }`,
      )
      await chief.data(
        `mutation { revokeSessions(filter: { authenticated: false }) { __typename } clearExpiredSessions { __typename } }`,
      )
      await app.users.delete({ username: 'ada' }, { actorId: null, sessionId: null, client: null })
      await chief.data('mutation { logout { __typename } }')
      const prismas = [...sent].filter((sql) => sql.includes('"public"."Session"."id"'))
      expect(prismas.length).toBeGreaterThan(10)
      expect(sent.size).toBeGreaterThan(50)
      const clearings = [...sent].filter((sql) => sql.startsWith('WITH gone'))
      expect(clearings.length).toBeGreaterThan(0)
      for (const sql of sent) {
        const clearing = clearings.includes(sql) ? ['locks of rows'] : []
        // It comes after a LISTEN alone.
        const bus = sql.startsWith('SELECT pg_notify') ? ['LISTEN and NOTIFY'] : []
        expect([sql, foreignWords(sql)]).toEqual([sql, [...clearing, ...bus]])
      }
    } finally {
      await server.stop()
      await postgresql.stop()
    }
  },
)
