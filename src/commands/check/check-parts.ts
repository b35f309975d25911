import type { Config } from '../../config/config.ts'
import type { Finding } from '../../config/judging/rule.ts'
import { sqliteFile } from '../../database/sqlite-file-url.ts'
import { examineDatabase } from './check-database.ts'
import { examineSessions } from './check-sessions.ts'
import { examineStaff } from './check-staff.ts'
import type { Configured } from '../configure.ts'
import { withFound } from '../run.ts'
import { sentenceOf } from '../terminal/sentence.ts'

/** What is looked at. */
const examined = ['dependencies', 'keepsRecords', 'db', 'now', 'openEngine', 'users'] as const

/** What is wrong with the database, the store and the backends, which are opened for it. Nothing is made or migrated. */
export async function examineParts(
  configured: Configured,
  isProduction: boolean,
): Promise<Finding[]> {
  const { config } = configured
  return withFound(configured, examined, async ({ pending, app, faults, warnings }) => {
    const opened: Finding[] = [
      ...faults.map((fault) => ({ level: 'ERROR' as const, ...aboutOf(sentenceOf(fault)) })),
      ...warnings.map((says) => ({ level: 'WARNING' as const, ...aboutOf(says) })),
    ]
    if (pending !== null && pending.length > 0) opened.push(...lacking(pending, config))
    if (app === null) return opened
    for (const store of app.dependencies.slice(1)) {
      const fault = await store.check()
      if (fault)
        opened.push({
          level: 'ERROR',
          about: 'SESSION_ENGINE',
          says: `${store.name} does not answer: ${fault.message}`,
          cure: 'Start it, or name another.',
        })
    }
    if (isProduction && !app.keepsRecords) opened.push(carried)
    return [
      ...opened,
      ...(await examineDatabase(app, config)),
      ...(await examineSessions(app, configured)),
      ...(await examineStaff(app, config, isProduction)),
    ]
  })
}

const carried: Finding = {
  level: 'INFO',
  about: 'SESSION_ENGINE',
  says: 'Visitors carry their sessions themselves: a guest who sends an old cookie again has its old content back.',
  cure: 'docs/engines.md compares the engines. Nothing is to be done where guests keep nothing of value.',
}

/** The setting that a sentence begins with, and the rest of it. */
function aboutOf(sentence: string): Omit<Finding, 'level'> {
  const [, about = 'parts', says = sentence] = /^([A-Z_]+): (.*)$/s.exec(sentence) ?? []
  return { about, says, cure: 'docs/runbook.md says what to do when something is wrong.' }
}

/** SQLite is brought up to date when the server starts; nothing needs to be done. */
function lacking(pending: readonly string[], { databaseUrl }: Config): Finding[] {
  if (sqliteFile(databaseUrl) !== null) return []
  return [
    {
      level: 'ERROR',
      about: 'DATABASE_URL',
      says: `The database lacks ${pending.length} of its migrations. The server does not start on it.`,
      cure: 'Run coatcheck migrate.',
    },
  ]
}
