import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { firstMigration } from '../../src/bus/open.ts'
import { newestEventStatements } from '../../src/auth/audit/newest-events.ts'
import { writtenEnds } from '../../src/auth/roster/ends.ts'
import { lastWordStatements } from '../../src/auth/roster/last-words.ts'
import { rowStates } from '../../src/auth/roster/row-states.ts'
import {
  clocksInRow,
  copyClocks,
  copyClocksOfCookie,
  recordRow,
  rosterRow,
  rowBesideCopy,
  userOf,
} from '../../src/auth/roster/session-row.ts'
import { sessionRow } from '../../src/auth/sessions/newest-sessions.ts'
import { browserTexts, idleRows } from '../../src/auth/sessions/few-sessions.ts'
import { idsOfAll, idsOfLiving, unendedRows } from '../../src/auth/sessions/session-list.ts'
import { aliveRows } from '../../src/auth/sessions/session-search.ts'
import { newestUserRows } from '../../src/auth/users/newest-users.ts'
import { userColumns } from '../../src/auth/users/user.ts'
import { anyActiveStaff, otherActiveStaff } from '../../src/auth/accounts/first-staff.ts'
import { firstToEnd } from '../../src/commands/check/check-sessions.ts'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import type { Statement } from '../../src/database/statements.ts'
import { mostAsked } from '../../src/session/streams/many-calls.ts'
import { writtenEnd } from '../../src/session/moving/written-end.ts'
import { recordStatements } from '../../src/session/stores/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'

/** Every prepared statement about sessions, those of commands, and the one that names the channel of the bus. */
const statements = {
  firstMigration,
  rosterRow,
  recordRow,
  rowBesideCopy,
  clocksInRow,
  copyClocks,
  copyClocksOfCookie,
  aliveRows,
  browserTexts,
  idleRows,
  unendedRows,
  writtenEnds,
  writtenEnd,
  sessionRow,
  idsOfAll,
  idsOfLiving,
  firstToEnd,
  anyActiveStaff,
  otherActiveStaff,
  newestUserRows,
  ...newestEventStatements,
  rowStates,
  ...lastWordStatements,
  ...recordStatements,
}
type Name = keyof typeof statements

const id = 'a'.repeat(64)
const at = new Date(Date.UTC(2026, 6, 15, 12))
const columns = ['{}', at, at, at, null] as const
const values: Record<Name, readonly (string | number | Date | null)[]> = {
  firstMigration: [],
  rosterRow: [id],
  recordRow: [id],
  rowBesideCopy: [id],
  clocksInRow: [id],
  copyClocks: [id, at, at, null, at, null],
  copyClocksOfCookie: [id, at, at, null],
  aliveRows: [at, 10],
  browserTexts: [10, '%a%', 10],
  idleRows: [at, 10],
  unendedRows: [at],
  writtenEnds: Array.from({ length: mostAsked }, () => id),
  writtenEnd: [id],
  sessionRow: [id],
  idsOfAll: ['a%', 2],
  idsOfLiving: ['a%', 2],
  firstToEnd: [at, 10],
  anyActiveStaff: [],
  otherActiveStaff: ['id'],
  newestUserRows: [10, at, id],
  all: [10, at, at, at, id],
  ofType: [10, at, at, at, id, 'LOGIN'],
  done: [10, at, at, at, id, 'ada'],
  suffered: [10, at, at, at, id, 'ada'],
  doneOfType: [10, at, at, at, id, 'LOGIN', 'ada'],
  sufferedOfType: [10, at, at, at, id, 'LOGIN', 'ada'],
  rowStates: Array.from({ length: mostAsked }, () => id),
  leave: ['b'.repeat(64), at, at, at, null, at, 'LOGOUT'],
  leaveOfPrevious: [id],
  takeBack: ['b'.repeat(64), at, 'LOGOUT'],
  load: [id],
  create: [id, ...columns],
  save: [id, '{}', at, at, null, 1, 2],
  remove: [id],
  removeAt: [id, 1],
  adopt: [id, ...columns, 5, at],
  forget: [id, 5],
  empty: [id, 5],
}

/** The columns of a table, sorted. */
type ColumnsOf = (db: Database, table: string) => Promise<string[]>

const ofSqlite: ColumnsOf = async (db, table) => {
  const rows = await db.$queryRawUnsafe<{ name: string }[]>(`PRAGMA table_info("${table}")`)
  return rows.map(({ name }) => name).sort()
}

const ofPostgresql: ColumnsOf = async (db, table) => {
  const rows = await db.$queryRaw<{ name: string }[]>`
    SELECT column_name::text AS name FROM information_schema.columns WHERE table_name = ${table}`
  return rows.map(({ name }) => name).sort()
}

/** The columns that the statements name, by the letter that stands for their table in a join, or by themselves. */
function namedColumns(alias: 's' | 'u'): string[] {
  const joined = Object.values(statements).flatMap(({ sql }) => [
    ...sql.matchAll(new RegExp(`\\b${alias}\\."?(\\w+)"?`, 'g')),
  ])
  const own = Object.values({
    clocksInRow,
    copyClocks,
    ...lastWordStatements,
    ...recordStatements,
    writtenEnd,
  }).flatMap(({ sql }) => [...sql.matchAll(/"([a-z]\w+)"/g)])
  return [...new Set([...joined, ...(alias === 's' ? own : [])].map(([, name = '']) => name))]
}

async function check(url: string, columnsOf: ColumnsOf): Promise<void> {
  const db = await databaseKind(url).open(url, {})
  try {
    expect(await columnsOf(db, 'Session')).toEqual(expect.arrayContaining(namedColumns('s')))
    const userTable = await columnsOf(db, 'User')
    expect(userTable).toEqual(expect.arrayContaining(namedColumns('u')))
    expect(userTable).toEqual(expect.arrayContaining(Object.keys(userColumns)))
    for (const name of Object.keys(values) as Name[]) {
      const each: Statement<object> = statements[name]
      await db.statements.write(each, values[name]) // a database that lacks a column refuses it
    }
    const user = await db.user.create({
      data: { username: 'ada', usernameKey: 'ada', passwordHash: '', dateJoined: at },
      select: userColumns,
    })
    const clocks = { createdAt: at, lastSeenAt: at, expiresAt: at }
    await db.session.create({ data: { id, userId: user.id, ...clocks } })
    const row = await db.statements.first(rosterRow, [id])
    expect(row && userOf(row)).toEqual(user)
  } finally {
    await db.$disconnect()
  }
}

test('the columns that prepared statements name are those of a migrated SQLite file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-columns-'))
  try {
    const url = `file:${join(folder, 'test.db')}`
    await databaseKind(url).migrate(url)
    await check(url, ofSqlite)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.skipIf(postgresqlProgram === null)(
  'the columns that prepared statements name are those of a migrated PostgreSQL database',
  async () => {
    const server = await startPostgresql()
    try {
      await check(await server.database(), ofPostgresql)
    } finally {
      await server.stop()
    }
  },
)
