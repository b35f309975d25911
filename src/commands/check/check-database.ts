import type { App } from '../../app.ts'
import type { Config } from '../../config/config.ts'
import type { Finding } from '../../config/judging/rule.ts'
import { readPostgresqlUrl } from '../../database/postgresql-url.ts'
import { statement } from '../../database/statements.ts'
import { sqliteFile } from '../../database/sqlite-file-url.ts'
import { askSkew, harmful, noticed, setClocks } from '../clocks.ts'

interface Standing {
  readonly recovering: number
  readonly superuser: number
  readonly fsync: string
  readonly commit: string
  readonly connections: number
}

const standing = statement<Standing>(`SELECT
  pg_is_in_recovery() AS recovering,
  (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
  current_setting('fsync') AS fsync,
  current_setting('synchronous_commit') AS commit,
  CAST(current_setting('max_connections') AS INTEGER) AS connections`)

/** What is wrong with a PostgreSQL server, as far as it can be asked. A SQLite file has none of it. */
export async function examineDatabase({ db }: Pick<App, 'db'>, config: Config): Promise<Finding[]> {
  if (sqliteFile(config.databaseUrl) !== null) return []
  const row = await db.statements.first(standing, [])
  if (row === null) return []
  const skew = await askSkew(db)
  const places = readPostgresqlUrl(config.databaseUrl).places * config.workers
  const findings: [boolean, Omit<Finding, 'about'>][] = [
    [
      skew > noticed,
      {
        level: skew > harmful ? 'ERROR' : 'WARNING',
        says: `Its clock and that of this machine are ${Math.round(skew / 1000)} s apart. Sessions end too early or too late, by as much.`,
        cure: setClocks,
      },
    ],
    [
      row.recovering === 1,
      {
        level: 'ERROR',
        says: 'It is a replica, and takes no writes: no visitor can sign in.',
        cure: 'Name the primary.',
      },
    ],
    [
      row.superuser === 1,
      {
        level: 'WARNING',
        says: 'Coatcheck connects as a superuser of PostgreSQL. An attacker who finds a hole in Coatcheck has every database there.',
        cure: 'Make a user that owns this database and nothing else.',
      },
    ],
    [
      row.fsync === 'off',
      {
        level: 'ERROR',
        says: 'fsync is off: a power failure may damage the whole database.',
        cure: 'Set fsync = on.',
      },
    ],
    [
      row.commit === 'off',
      {
        level: 'WARNING',
        says: 'synchronous_commit is off: after a power failure, sessions that were ended in the last moments are alive again.',
        cure: 'Set synchronous_commit = on for this user.',
      },
    ],
    [
      row.connections < places + 3,
      {
        level: 'WARNING',
        says: `It takes ${row.connections} connections, and this server may open ${places}.`,
        cure: 'Add connection_limit to the URL, or let the database take more.',
      },
    ],
  ]
  return findings.flatMap(([isSo, finding]) =>
    isSo ? [{ about: 'DATABASE_URL', ...finding }] : [],
  )
}
