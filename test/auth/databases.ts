import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'

/** A database that is open, and what closes it and removes it. */
export interface OpenDatabase {
  readonly db: Database
  readonly stop: () => Promise<void>
}

/** The databases that are installed here, each with a way to a new one that has our tables. */
export const databases = [
  { name: 'SQLite', open: openSqlite },
  ...(postgresqlProgram === null ? [] : [{ name: 'PostgreSQL', open: openPostgresql }]),
] as const

/** Is told of each statement. */
type OnStatement = (sql: string) => void

async function openSqlite(onStatement?: OnStatement): Promise<OpenDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-databases-'))
  const remove = async () => rmSync(folder, { recursive: true, force: true })
  return openAt(`file:${join(folder, 'test.db')}`, remove, onStatement)
}

async function openPostgresql(onStatement?: OnStatement): Promise<OpenDatabase> {
  const server = await startPostgresql()
  return openAt(await server.database(), () => server.stop(), onStatement)
}

async function openAt(
  url: string,
  remove: () => Promise<void>,
  onStatement?: OnStatement,
): Promise<OpenDatabase> {
  const kind = databaseKind(url)
  await kind.migrate(url)
  const db = await kind.open(url, { ...(onStatement && { onStatement }) })
  return {
    db,
    async stop() {
      await db.$disconnect()
      await remove()
    },
  }
}
