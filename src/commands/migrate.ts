import { readConfig, readEnvironment } from '../config.ts'
import { databaseKind } from '../database/database.ts'
import { print } from './terminal.ts'

/** `coatcheck migrate`: brings the database up to date, and says what that took. */
export async function migrate(): Promise<void> {
  const { databaseUrl } = readConfig(readEnvironment())
  const applied = await databaseKind(databaseUrl).migrate(databaseUrl)
  for (const name of applied) print(`Applied ${name}.`)
  if (applied.length === 0) print('The database is up to date.')
}
