import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { readConfig, readEnvironment } from '../config.ts'
import { applyMigrations } from '../migrations.ts'
import { print } from './terminal.ts'

/** `coatcheck migrate`: brings the database up to date, and says what that took. */
export function migrate(): void {
  const path = readConfig(readEnvironment()).databaseUrl.slice('file:'.length)
  mkdirSync(dirname(path), { recursive: true })
  const applied = applyMigrations(path)
  for (const name of applied) print(`Applied ${name}.`)
  if (applied.length === 0) print('The database is up to date.')
}
