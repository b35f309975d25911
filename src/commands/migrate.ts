import { databaseKind } from '../database/database.ts'
import { configure } from './configure.ts'
import { printJson } from './terminal/table.ts'
import { print } from './terminal/terminal.ts'

/** `coatcheck migrate`: brings the database up to date, and says what that took. */
export async function migrate({ json }: { json?: boolean }): Promise<void> {
  const { databaseUrl } = (await configure()).config
  // Not on standard output, which has the result. A log of a deployment shows why the command takes its time.
  const tell = (sentence: string) => void process.stderr.write(`${sentence}\n`)
  const applied = await databaseKind(databaseUrl).migrate(databaseUrl, { tell })
  if (json) return printJson({ applied })
  for (const name of applied) print(`Applied ${name}.`)
  if (applied.length === 0) print('The database is up to date.')
}
