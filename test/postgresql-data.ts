import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Names the folder in which the test files of one run share what initdb makes. */
const variable = 'TEST_POSTGRESQL_DATA'

/** Makes the folder of one run, and removes it after the last test. */
export default function shareData(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pg-data-'))
  chmodSync(folder, 0o777) // PostgreSQL's programs run as nobody where the tests are root's
  process.env[variable] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

/**
 * Fills `data` with what `initdb` makes: a copy where a test file of this run has made it before, for that takes a fifth of
 * the time. `programs` is where those of PostgreSQL are, and `options` say who runs them.
 */
export async function initialise(programs: string, data: string, options: object): Promise<void> {
  const shared = process.env[variable]
  const made = shared && join(shared, 'made')
  if (made && existsSync(made)) {
    await run('cp', ['-a', made, data], options)
    return
  }
  const words = ['-D', data, '-U', 'test', '-A', 'trust', '--no-sync', '-E', 'UTF8']
  await run(join(programs, 'initdb'), words, options)
  if (!made) return
  // Under its name it is whole. Of two files that begin at once, the second finds the name taken.
  const own = join(shared, randomUUID())
  await run('cp', ['-a', data, own], options)
  try {
    renameSync(own, made)
  } catch {
    rmSync(own, { recursive: true, force: true })
  }
}
