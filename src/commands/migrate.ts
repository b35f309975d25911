import { databaseKind } from '../database/database.ts'
import { configure } from './configure.ts'
import { printJson } from './terminal/table.ts'
import { print } from './terminal/terminal.ts'

/** `coatcheck migrate`: brings the database up to date, and says what that took. */
export async function migrate({ json }: { json?: boolean }): Promise<void> {
  const { databaseUrl } = (await configure()).config
  const applied = await databaseKind(databaseUrl).migrate(databaseUrl)
  if (json) return printJson({ applied })
  for (const name of applied) print(`Applied ${name}.`)
  if (applied.length === 0) print('The database is up to date.')
}
