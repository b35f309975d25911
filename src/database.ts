import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from './generated/prisma/client.ts'

/** The Prisma client of our schema. */
export type Database = PrismaClient

/** What a caller may want to know of the database's work. */
export interface DatabaseOptions {
  /** Called by the driver with every statement it runs. */
  readonly onStatement?: (sql: string) => void
}

/** The adapter for a `file:` URL, whose path is relative to the working directory. Throws a sentence for any other URL. */
export function createAdapter(url: string, { onStatement }: DatabaseOptions = {}) {
  if (!url.startsWith('file:'))
    throw new Error('DATABASE_URL must begin with file: (PostgreSQL is not available yet).')
  mkdirSync(dirname(url.slice('file:'.length)), { recursive: true })
  // Milliseconds compare as numbers; text would compare by its format.
  return new PrismaBetterSqlite3(
    {
      url,
      timeout: 5000,
      ...(onStatement && { verbose: (sql: unknown) => onStatement(String(sql)) }),
    },
    { timestampFormat: 'unixepoch-ms' },
  )
}

/** Opens the database: WAL, so that readers and the writer do not wait for each other. Close it with `$disconnect`. */
export async function openDatabase(url: string, options: DatabaseOptions = {}): Promise<Database> {
  const db = new PrismaClient({ adapter: createAdapter(url, options) })
  await db.$queryRawUnsafe('PRAGMA journal_mode = WAL')
  await db.$queryRawUnsafe('PRAGMA synchronous = NORMAL')
  await db.$queryRawUnsafe('PRAGMA foreign_keys = ON')
  return db
}
