import type { Logger } from 'pino'
import { databaseKind } from './database.ts'
import type { Database, DatabaseOptions } from './driver.ts'
import { DatabaseUnusable } from './errors.ts'

/**
 * Opens the database, and migrates it first where the server may do that by itself. Throws `DatabaseUnusable` where the operator
 * must migrate it, and where it cannot be used.
 */
export async function openDatabase(
  url: string,
  log: Pick<Logger, 'info'>,
  options: DatabaseOptions,
): Promise<Database> {
  const kind = databaseKind(url)
  const { whileBusy = (work) => work() } = options
  const pending = await kind.pending(url)
  if (pending.length > 0 && !kind.migratesAtStart)
    throw new DatabaseUnusable(
      `The database lacks ${pending.length} of its migrations. Run "coatcheck migrate".`,
    )
  const applied = pending.length === 0 ? [] : await whileBusy(() => kind.migrate(url))
  for (const migration of applied) log.info({ migration }, 'migration applied')
  return kind.open(url, options)
}
