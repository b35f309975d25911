import { hasActiveStaff, howToMakeStaff } from '../auth/accounts/first-staff.ts'
import type { Database } from '../database/database.ts'
import { styled } from './terminal/terminal.ts'

/**
 * Says on standard error that no staff user is left who may sign in, and how to make one; nothing where one is left. It is
 * for what takes a staff user away, and is said to programs too: their operator finds /admin closed.
 */
export async function warnWithoutStaff(db: Database): Promise<void> {
  if (await hasActiveStaff(db)) return
  const warning = `No active staff user is left. ${howToMakeStaff}`
  process.stderr.write(`${styled('yellow', warning, process.stderr)}\n`)
}
