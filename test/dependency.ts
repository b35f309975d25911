import { isRefusedRow } from '../src/database/errors.ts'
import { createDependency } from '../src/waiting/dependency.ts'
import type { Dependency } from '../src/waiting/dependency.ts'

/** The database as what a part depends on, for a test that makes that part by itself. It is never taken as down. */
export function patientDatabase(timeout = 20_000): Dependency {
  const log = { warn() {}, error() {} }
  const probe = async () => {}
  return createDependency({ name: 'The database', timeout, probe, isAnswer: isRefusedRow, log })
}
