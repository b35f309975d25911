import { existsSync } from 'node:fs'
import { openApp } from '../app.ts'
import type { App } from '../app.ts'
import { databaseKind } from '../database/database.ts'
import { DatabaseUnusable } from '../database/errors.ts'
import { sqliteFile } from '../database/sqlite-file-url.ts'
import { createLog, openLog } from './log.ts'
import { configure } from './configure.ts'
import type { Configured } from './configure.ts'

/** The parts of an application that a command may ask for, by their names. */
export type PartName =
  | 'users'
  | 'sessions'
  | 'audit'
  | 'db'
  | 'now'
  | 'recordsAreRows'
  | 'openEngine'
  | 'bus'
  | 'dependencies'
  | 'keepsRecords'

/**
 * Opens the application that is configured here, hands the parts named `names` to `work` and no other, and closes it whatever
 * happens. Throws `DatabaseUnusable` where there is no SQLite file, save for `makesDatabase`, which makes one: the operator is in
 * another folder, or has not read the settings into this shell. In an empty database a command would find nothing to do, and say
 * that it is done.
 */
export async function withParts<Name extends PartName, Result>(
  names: readonly Name[],
  work: (parts: Pick<App, Name>, configured: Configured) => Promise<Result>,
  { makesDatabase = false }: { makesDatabase?: boolean } = {},
): Promise<Result> {
  const configured = await configure()
  const { config, extensions } = configured
  const file = sqliteFile(config.databaseUrl)
  if (!makesDatabase && file !== null && !existsSync(file))
    throw new DatabaseUnusable(
      `There is no database at ${file}. Where yours is elsewhere, set DATABASE_URL, or go to the folder of the server. To make one here: coatcheck migrate`,
    )
  // Not the log of the config file, and not standard output: what a command prints may be read by a program. A person reads
  // what the command says; in production, where standard error is kept, it has the events that the server would log.
  const log = await openLog({
    production: config.production,
    level: config.production && !process.stderr.isTTY ? config.logLevel : 'warn',
    stream: process.stderr,
  })
  const app = await openApp(config, log, { ...extensions, serves: false })
  try {
    return await work(partsOf(app, names), configured)
  } finally {
    await app.close()
  }
}

function partsOf<Name extends PartName>(app: App, names: readonly Name[]): Pick<App, Name> {
  return Object.fromEntries(names.map((name) => [name, app[name]])) as Pick<App, Name>
}

/** The named parts of an application, as far as they can be opened without changing anything. */
export interface OpenedParts<Name extends PartName> {
  /** The migrations that the database lacks; null where it could not be asked. */
  readonly pending: readonly string[] | null
  /** Null where a part cannot be opened, and where the database lacks a migration. */
  readonly app: Pick<App, Name> | null
  /** Why parts cannot be opened: an error for each. */
  readonly faults: readonly unknown[]
  /** What the parts had to say as they were opened. */
  readonly warnings: readonly string[]
}

/** Lets `work` look at what is there, and at the parts named `names` alone. No database is made or migrated. */
export async function withFound<Name extends PartName, Result>(
  { config, extensions }: Configured,
  names: readonly Name[],
  work: (found: OpenedParts<Name>) => Promise<Result>,
): Promise<Result> {
  const { databaseUrl } = config
  const nothing: OpenedParts<Name> = { pending: null, app: null, faults: [], warnings: [] }
  let pending: readonly string[]
  try {
    pending = await databaseKind(databaseUrl).pending(databaseUrl)
  } catch (error) {
    return work({ ...nothing, faults: [error] })
  }
  if (pending.length > 0) return work({ ...nothing, pending })
  const warnings: string[] = []
  const log = createLog(
    { level: 'warn' },
    { write: (line) => void warnings.push((JSON.parse(line) as { msg: string }).msg) },
  )
  let app: App
  try {
    app = await openApp(config, log, { ...extensions, serves: false, looks: true })
  } catch (error) {
    const faults: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
    return work({ ...nothing, pending, faults, warnings })
  }
  try {
    return await work({ pending, app: partsOf(app, names), faults: [], warnings })
  } finally {
    await app.close()
  }
}
