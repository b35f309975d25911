import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sqliteFile } from '../database/sqlite-file-url.ts'

/**
 * The secret kept at `path`: made there, readable by its owner only, where there is none. For development. Processes
 * that start together agree on one, because a link appears whole and never replaces.
 */
function keepSecretKey(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const made = `${path}.${process.pid}`
  writeFileSync(made, `${createSecretKey()}\n`, { mode: 0o600 })
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
  return keepSecretKey(placeBeside(databaseUrl))
}

/** The same for a process that only looks: where none is kept yet it is one that no other process will have. */
export function lookUpSecretKeyBeside(databaseUrl: string): string {
  try {
    return readFileSync(placeBeside(databaseUrl), 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return createSecretKey()
  }
}

function placeBeside(databaseUrl: string): string {
  const file = sqliteFile(databaseUrl)
  return join(file === null ? 'data' : dirname(file), 'secret-key')
}

function createSecretKey(): string {
  return randomBytes(32).toString('base64url')
}
