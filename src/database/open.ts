import type { Logger } from 'pino'
import { databaseKind } from './database.ts'
import type { Database, DatabaseOptions } from './driver.ts'
import { DatabaseUnusable } from './errors.ts'

/**
 * Opens the database, and migrates it first where the server may do that by itself. Throws a sentence where the operator
 * must migrate it.
 */
export async function openDatabase(
  url: string,
  log: Pick<Logger, 'info'>,
  options: DatabaseOptions,
): Promise<Database> {
  const kind = databaseKind(url)
  const applied = kind.migratesAtStart ? await kind.migrate(url) : []
  for (const migration of applied) log.info({ migration }, 'migration applied')
  const pending = kind.migratesAtStart ? [] : await kind.pending(url)
  if (pending.length > 0)
    throw new DatabaseUnusable(
      `The database lacks ${pending.length} of its migrations. Run "coatcheck migrate".`,
    )
  return kind.open(url, options)
}
