import type { App } from '../../app.ts'
import { hasActiveStaff, hasStaff } from '../../auth/accounts/first-staff.ts'
import { passwordFaults } from '../../auth/users/password-rules.ts'
import type { Config } from '../../config/config.ts'
import type { Finding } from '../../config/judging/rule.ts'
import { visible } from '../terminal/text.ts'

/** Whether staff can sign in, now or from the next start on, and whether the first password still lies among the settings. */
export async function examineStaff(
  app: Pick<App, 'db' | 'users'>,
  config: Config,
  isProduction: boolean,
): Promise<Finding[]> {
  const { password } = config.admin
  if (await hasActiveStaff(app.db)) return isProduction && password !== null ? [leftOver] : []
  const closed = await closedTo(app, config, isProduction)
  if (closed !== null) return isForStaff(config, isProduction) ? [closed] : []
  return isProduction && password !== null ? faultsOf(config, password) : []
}

const leftOver: Finding = {
  level: 'INFO',
  about: 'ADMIN_PASSWORD',
  says: 'There is a staff user already, and the password of the first one still lies among the settings.',
  cure: 'Take ADMIN_PASSWORD out.',
}

/** Is there a page that is for staff? In development GraphiQL is for every visitor. */
function isForStaff({ admin, graphiql }: Config, isProduction: boolean): boolean {
  return admin.pages || (isProduction && graphiql)
}

/** Why the next start makes no staff user either; null where it makes one. */
async function closedTo(
  { db, users }: Pick<App, 'db' | 'users'>,
  { admin: { pages, username, password } }: Config,
  isProduction: boolean,
): Promise<Finding | null> {
  const level = 'WARNING'
  const outcome = `no visitor can open ${pages ? '/admin' : 'GraphiQL'}.`
  if (await hasStaff(db))
    return {
      level,
      about: 'staff',
      says: `No staff user is active: ${outcome}`,
      cure: 'Run coatcheck users activate <username>, or coatcheck create-superuser.',
    }
  if (isProduction && password === null)
    return {
      level,
      about: 'ADMIN_PASSWORD',
      says: `There is no staff user, and none will be made: ${outcome}`,
      cure: 'Run coatcheck create-superuser.',
    }
  if ((await users.find({ username })) === null) return null
  return {
    level,
    about: 'ADMIN_USERNAME',
    says: `There is no staff user, and none will be made, because a user without the rights of staff has the name: ${outcome}`,
    cure: `Run coatcheck users promote ${visible(username)}, or coatcheck create-superuser.`,
  }
}

async function faultsOf(
  { admin: { username }, passwordMinLength: minLength }: Config,
  password: string,
): Promise<Finding[]> {
  const faults = await passwordFaults({ username, password, minLength })
  return faults.map(({ message }) => ({
    level: 'ERROR',
    about: 'ADMIN_PASSWORD',
    says: `${message} The server does not start with it.`,
    cure: 'Choose another.',
  }))
}
