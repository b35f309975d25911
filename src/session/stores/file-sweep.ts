import { readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseId } from '../key.ts'
import type { SessionId } from '../key.ts'
import { discard, ifThere } from './file-disk.ts'
import { remainsOf, shardAt, stagingIn } from './file-names.ts'
import { look } from './file-session.ts'

/** How many shards there are. */
export const shards = 256

/** How long, in milliseconds, nothing may have moved before it counts as left behind by a process that died. */
const abandonedAfter = 3_600_000

/** The ids that have a directory in the shard numbered `shard`, sessions or not. */
export async function idsIn(path: string, shard: number): Promise<SessionId[]> {
  const names = (await ifThere(readdir(shardAt(path, shard)))) ?? []
  return names.map(parseId).filter((id) => id !== null)
}

/** Removes what processes that were killed while writing left beside a session, and the remains of one that has ended. */
export async function sweepSession(directory: string): Promise<void> {
  const found = await look(directory)
  if (found !== null) {
    const remains = remainsOf(found.version, found.names)
    if (remains.length > 0) await discard(directory, remains)
    return
  }
  const names = (await ifThere(readdir(directory))) ?? []
  await discard(directory, await abandoned(directory, names))
}

/** Removes sessions that were never finished. */
export async function sweepStaging(path: string): Promise<void> {
  const staging = stagingIn(path)
  const names = (await ifThere(readdir(staging))) ?? []
  for (const name of await abandoned(staging, names)) {
    // Its maker may only be slow. Under another name it finds it whole or not at all, and never half removed.
    const doomed = join(staging, `${name}-`)
    if ((await ifThere(rename(join(staging, name), doomed).then(() => true))) === null) continue
    await rm(doomed, { recursive: true, force: true })
  }
}

async function abandoned(directory: string, names: readonly string[]): Promise<string[]> {
  const old: string[] = []
  for (const name of names) {
    const entry = await ifThere(stat(join(directory, name)))
    // The file system keeps its own time, so it is compared with the system's.
    if (entry !== null && Date.now() - entry.mtimeMs > abandonedAfter) old.push(name)
  }
  return old
}
