import { databaseKind } from '../database/database.ts'
import { configure } from './configure.ts'
import { print } from './terminal.ts'

/** `coatcheck migrate`: brings the database up to date, and says what that took. */
export async function migrate(): Promise<void> {
  const { databaseUrl } = (await configure()).config
  const applied = await databaseKind(databaseUrl).migrate(databaseUrl)
  for (const name of applied) print(`Applied ${name}.`)
  if (applied.length === 0) print('The database is up to date.')
}
