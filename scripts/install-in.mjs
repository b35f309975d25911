import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'

/**
 * Installs what the lock file of `folder` names, where that is not done yet: packages that `npm ci` of the project leaves
 * out. Others who want the same wait for it. Throws a sentence where npm cannot fetch them.
 */
export function installIn(folder) {
  const turn = `${folder}/.installing`
  while (!take(turn)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
  try {
    install(folder)
  } finally {
    rmSync(turn, { recursive: true, force: true })
  }
}

function install(folder) {
  const [lock, installed] = ['package-lock.json', 'node_modules/.package-lock.json'].map(
    (name) => `${folder}/${name}`,
  )
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return
  const words = ['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
  try {
    execFileSync('npm', [...words, '--loglevel=error'], { stdio: 'ignore', timeout: longest })
  } catch (cause) {
    throw new Error(`npm ci --prefix ${folder} failed: its packages cannot be installed`, { cause })
  }
}

/** Milliseconds that an install may take. */
const longest = 180_000

/** Makes the folder that says who is installing. One that is older than an install may take was left behind. */
function take(turn) {
  try {
    mkdirSync(turn)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const made = statSync(turn, { throwIfNoEntry: false })?.mtimeMs ?? Infinity
    if (Date.now() - made > longest) rmSync(turn, { recursive: true, force: true })
    return false
  }
}
