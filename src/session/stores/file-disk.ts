import { randomBytes } from 'node:crypto'
import { close, open as openFile, read, readdir, readFile } from 'node:fs'
import {
  access,
  constants,
  lstat,
  mkdir,
  open,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

/** The error codes of a name that is missing, or that is a file where a directory should be. */
export const absent = ['ENOENT', 'ENOTDIR'] as const

/** 128 random bits in hex: a name that no process has used before. */
export function freshName(): string {
  return randomBytes(16).toString('hex')
}

/** The outcome of `work`; null where it failed with one of `codes`. Rejects for every other failure. */
export async function unless<Result>(
  codes: readonly string[],
  work: Promise<Result>,
): Promise<Result | null> {
  try {
    return await work
  } catch (error) {
    if (codes.includes(String((error as NodeJS.ErrnoException).code))) return null
    throw error
  }
}

/** Did `work` succeed? False where it failed with one of `codes`. Rejects for every other failure. */
export async function succeeds(
  work: Promise<unknown>,
  codes: readonly string[] = absent,
): Promise<boolean> {
  return (
    (await unless(
      codes,
      work.then(() => true),
    )) ?? false
  )
}

/** The names in `directory`, by one task of the thread pool. */
export function namesIn(directory: string): Promise<string[]> {
  return new Promise((resolve, reject) =>
    readdir(directory, (error, names) => (error ? reject(error) : resolve(names))),
  )
}

/** How many bytes the first read takes: nearly every session is shorter. A second read takes a longer one whole. */
const firstRead = 4096

/**
 * The text of `file`, which no process changes. Every request with a session reads one, and each task of the thread pool
 * takes time: this takes three, `readFile` of node:fs/promises five.
 */
export function readText(file: string): Promise<string> {
  return new Promise((resolve, reject) =>
    openFile(file, 'r', (missing, handle) => {
      if (missing) return reject(missing)
      const settle = (error: Error | null, text: string) => {
        close(handle, ignore)
        if (error) reject(error)
        else resolve(text)
      }
      const start = Buffer.allocUnsafe(firstRead)
      read(handle, start, 0, firstRead, 0, (error, length) => {
        if (error || length < firstRead) return settle(error, start.toString('utf8', 0, length))
        readFile(handle, 'utf8', settle) // from the beginning: a read at a position does not move it
      })
    }),
  )
}

/** The callback that closes a file which was only read: no caller waits for it. */
function ignore(): void {}

/** Makes a directory for its owner only, and those above it. Says whether it was missing. */
export async function makeDirectory(directory: string): Promise<boolean> {
  return (await mkdir(directory, { recursive: true, mode: 0o700 })) !== undefined
}

/** Can only its owner and its group enter this directory? True where it is missing: the store will make it private. */
export async function isPrivate(directory: string): Promise<boolean> {
  const entry = await unless(absent, stat(directory))
  // On Windows the mode does not show the rights.
  return entry === null || process.platform === 'win32' || (entry.mode & 0o007) === 0
}

/**
 * Rejects where this process cannot write `directory`, or cannot make a missing one. It tries, and removes what it made: some
 * file systems refuse writes that the rights allow.
 */
export async function assertWritable(directory: string): Promise<void> {
  const rights = constants.R_OK | constants.W_OK | constants.X_OK
  if (await succeeds(access(directory, rights), ['ENOENT'])) {
    if (!(await stat(directory)).isDirectory()) throw new Error('It is no directory.')
    const trial = join(directory, freshName())
    await mkdir(trial, { mode: 0o700 })
    await rmdir(trial)
  } else await assertWritable(dirname(resolve(directory)))
}

/** Makes a file for its owner only, whose content outlasts a loss of power once this resolves. Never replaces one. */
export async function makeFile(file: string, text = ''): Promise<void> {
  // A file without content is only a name, which a sync of its directory keeps.
  await writeFile(file, text, { flag: 'wx', mode: 0o600, flush: text !== '' })
}

/** Makes what was created, renamed or removed in `directory` outlast a loss of power. Does nothing where it is gone. */
export async function sync(directory: string): Promise<void> {
  const handle = await unless(absent, open(directory, 'r'))
  if (handle === null) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Removes `directory` with all that is in it, if it is there. It first moves it to `staging` in one step, so that a process
 * at work in it finds it whole or not at all. Unless `isLasting`, a loss of power may bring it back: waiting for the disk is
 * most of the time that this takes.
 */
export async function takeAway(
  directory: string,
  staging: string,
  { isLasting = true } = {},
): Promise<void> {
  const doomed = join(staging, freshName())
  await makeDirectory(staging)
  if (!(await succeeds(rename(directory, doomed)))) return
  if (isLasting) await sync(dirname(directory))
  // The sweep tries again where this fails.
  await removeAll(doomed).catch(() => undefined)
}

/** Removes a directory and the files in it. Node's `rm`, which can remove more than files, takes twice as many steps. */
async function removeAll(directory: string): Promise<void> {
  const remove = async () => {
    for (const name of await namesIn(directory)) await unlink(join(directory, name))
    await rmdir(directory)
  }
  await remove().catch(() => rm(directory, { recursive: true, force: true }))
}

/** Has no process changed it for an hour? A process that is still at work there loses, as against another writer. */
export async function isOld(path: string): Promise<boolean> {
  const entry = await unless(absent, lstat(path))
  // The file system has its own clock, so the age is taken from the system's time, not from `now`.
  return entry !== null && Date.now() - entry.mtimeMs > 3_600_000
}

/** How long a process leaves clearing to another that has begun it, in milliseconds. */
const turn = 180_000

/**
 * May this process clear `directory`? If so, touches a file that tells other processes. False where another process has begun
 * a short while ago, and where there is no such directory. Two processes that ask at once may both get true.
 */
export async function mayClear(directory: string): Promise<boolean> {
  const note = join(directory, 'cleared')
  const entry = await unless(absent, lstat(note))
  const age = entry && Date.now() - entry.mtimeMs
  // A time in the future comes from a clock that has been set back since.
  if (age !== null && age >= 0 && age < turn) return false
  return succeeds(writeFile(note, '', { mode: 0o600 }))
}
