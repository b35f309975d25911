import { setImmediate as turn } from 'node:timers/promises'
import { ensureStaff } from '../auth/accounts/first-staff.ts'
import type { Accounts } from '../auth/accounts/accounts.ts'
import { ConfigError } from '../config/config.ts'
import type { Database } from '../database/database.ts'
import { InvalidInput } from '../refusals.ts'
import type { Configuration } from './configuration.ts'

/** What makes the first staff user. */
export interface WelcomeParts {
  readonly db: Database
  readonly users: Pick<Accounts, 'add'>
  readonly log: { warn(message: string): void }
}

/**
 * Makes the first staff user, where the settings say so. A password that was made up goes to the terminal, once, and never to
 * the log. Throws `ConfigError` where the settings break a rule of accounts.
 */
export async function welcome(
  { db, users, log }: WelcomeParts,
  { config, backends }: Pick<Configuration, 'config' | 'backends'>,
): Promise<void> {
  const { admin, production } = config
  const options = { ...admin, mayMakeUp: !production, backends }
  const { madeUp, warning } = await ensureStaff(db, users, options).catch(nameSettings)
  if (warning !== null) log.warn(warning)
  if (madeUp === null) return
  await turn() // the log writes what it has gathered: no line of it then stands between the password and the addresses
  process.stdout.write(
    `\n  First staff user: ${admin.username}\n  Password:         ${madeUp}   (shown only this once)\n`,
  )
}

/** What is wrong with the first staff user is wrong with the settings. */
function nameSettings(error: unknown): never {
  if (!(error instanceof InvalidInput)) throw error
  throw new ConfigError(
    error.fields.map(({ path, message }) => `ADMIN_${path.join('_').toUpperCase()}: ${message}`),
  )
}
