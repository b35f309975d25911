import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The secret kept at `path`: made there, readable by its owner only, where there is none. For development. Processes
 * that start together agree on one, because a link appears whole and never replaces.
 */
function keepSecretKey(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const made = `${path}.${process.pid}`
  writeFileSync(made, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  try {
    linkSync(made, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    unlinkSync(made)
  }
  return readFileSync(path, 'utf8').trim()
}

/** The secret that is kept beside a database: in the folder of its file, or in `data` for one that is elsewhere. */
export function keepSecretKeyBeside(databaseUrl: string): string {
  const isFile = databaseUrl.startsWith('file:')
  return keepSecretKey(
    join(isFile ? dirname(databaseUrl.slice('file:'.length)) : 'data', 'secret-key'),
  )
}
