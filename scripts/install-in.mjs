import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'

/**
 * Installs what the lock file of `folder` names, where that is not done yet: packages that `npm ci` of the project leaves
 * out. Throws a sentence where npm cannot fetch them.
 */
export function installIn(folder) {
  const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map(
    (name) => `${folder}/${name}`,
  )
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  const words = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  try {
    execFileSync('npm', [...words, '--loglevel=error'], { stdio: 'ignore', timeout: 180_000 })
  } catch (cause) {
    throw new Error(`npm ci --prefix ${folder} failed: its packages cannot be installed`, { cause })
  }
}
