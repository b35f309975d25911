import type { App } from '../app.ts'
import { passwordFaults } from '../auth/users/password-rules.ts'
import type { Config } from '../config/config.ts'
import type { Finding } from '../config/judging/rule.ts'
import { statement } from '../database/statements.ts'
import { sqliteFile } from '../database/sqlite-file-url.ts'
import { examineDatabase } from './check-database.ts'
import { examineSessions } from './check-sessions.ts'
import type { Configured } from './configure.ts'
import { withFound } from './run.ts'
import { sentenceOf } from './sentence.ts'

/** What is wrong with the database, the store and the backends, which are opened for it. Nothing is made or migrated. */
export async function examineParts(
  configured: Configured,
  isProduction: boolean,
): Promise<Finding[]> {
  const { config } = configured
  return withFound(configured, async ({ pending, app, faults, warnings }) => {
    const opened: Finding[] = [
      ...faults.map((fault) => ({ level: 'ERROR' as const, ...aboutOf(sentenceOf(fault)) })),
      ...warnings.map((says) => ({ level: 'WARNING' as const, ...aboutOf(says) })),
    ]
    if (pending !== null && pending.length > 0) opened.push(...lacking(pending, config))
    if (app === null) return opened
    const store = app.dependencies.length > 1 ? await app.dependencies.at(-1)?.check() : null
    if (store)
      opened.push({
        level: 'ERROR',
        about: 'SESSION_ENGINE',
        says: `The session store does not answer: ${store.message}`,
        cure: 'Start it, or name another.',
      })
    if (isProduction && !app.keepsRecords) opened.push(carried)
    return [
      ...opened,
      ...(await examineDatabase(app, config)),
      ...(await examineSessions(app, configured)),
      ...(isProduction ? await examineStaff(app, config) : []),
    ]
  })
}

const carried: Finding = {
  level: 'INFO',
  about: 'SESSION_ENGINE',
  says: 'Visitors carry their sessions themselves: what a guest had in an old cookie is back when that cookie is sent again.',
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

/** A user who may administer. */
export const anyStaff = statement<{ readonly id: string }>(
  'SELECT u.id FROM "User" u WHERE u."isStaff" AND u."isActive" LIMIT 1',
)

/** Is there a way in for staff, and no password left lying about? */
async function examineStaff({ db }: App, { admin, passwordMinLength }: Config): Promise<Finding[]> {
  const staff = await db.statements.first(anyStaff, [])
  if (staff === null && admin.password === null)
    return [
      {
        level: 'WARNING',
        about: 'ADMIN_PASSWORD',
        says: 'There is no staff user, and none will be made: no visitor can open /admin.',
        cure: 'Run coatcheck create-superuser.',
      },
    ]
  if (admin.password === null) return []
  if (staff !== null)
    return [
      {
        level: 'INFO',
        about: 'ADMIN_PASSWORD',
        says: 'There is a staff user already, and the password of the first one still lies among the settings.',
        cure: 'Take ADMIN_PASSWORD out.',
      },
    ]
  const { username, password } = admin
  const faults = await passwordFaults({ username, password, minLength: passwordMinLength })
  return faults.map(({ message }) => ({
    level: 'ERROR',
    about: 'ADMIN_PASSWORD',
    says: `${message} The server does not start with it.`,
    cure: 'Choose another.',
  }))
}
