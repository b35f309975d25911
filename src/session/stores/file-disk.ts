import { open, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'

/** How files are made: for their owner only, and never in the place of another. */
export const exclusive = { flag: 'wx', mode: 0o600 } as const

/** How directories are made: for their owner only. */
export const secluded = { recursive: true, mode: 0o700 } as const

/** The outcome of `work`; null where the file or directory it needs is not there. Rejects for every other failure. */
export async function ifThere<Result>(work: Promise<Result>): Promise<Result | null> {
  try {
    return await work
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Was there something to do it to? Rejects for every other failure. */
export async function succeeds(work: Promise<void>): Promise<boolean> {
  return (await ifThere(work.then(() => true))) ?? false
}

/** Makes what was created, renamed or unlinked in `directory` outlast a loss of power. One that is gone needs nothing. */
export async function sync(directory: string): Promise<void> {
  const handle = await ifThere(open(directory, 'r'))
  if (handle === null) return
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Removes files of `directory` that nobody can want any more, and the directory itself where nothing else is in it.
 * Never fails: what cannot be removed now is left to the sweep.
 */
export async function discard(directory: string, names: readonly string[]): Promise<void> {
  for (const name of names) await unlink(join(directory, name)).catch(() => undefined)
  await rmdir(directory).catch(() => undefined)
}

/** The system's name for a failure; undefined for one that is not the system's. */
export function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
