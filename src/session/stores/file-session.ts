import { mkdir, readFile, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { decodeRecord, encodeRecord } from '../record.ts'
import type { SessionRecord } from '../record.ts'
import { codeOf, discard, exclusive, ifThere, secluded, succeeds, sync } from './file-disk.ts'
import { contentOf, pointerTo, versionIn } from './file-names.ts'

/** What a session's directory held when it was looked into. */
export interface Found {
  readonly version: string
  readonly names: readonly string[]
}

/** The version in force in `directory`, and the names beside it; null where there is no session. */
export async function look(directory: string): Promise<Found | null> {
  // POSIX lets a listing miss a name that is changed meanwhile. Linux never does; elsewhere a second look helps.
  for (let looks = 0; looks < 3; looks++) {
    const names = await ifThere(readdir(directory))
    if (names === null || names.length === 0) return null
    const version = versionIn(names)
    if (version !== null) return { version, names }
  }
  return null
}

/** What is in force in `directory`. Null where there is no session; its record is null where the content is damaged or lost. */
export async function read(
  directory: string,
): Promise<(Found & { readonly record: SessionRecord | null }) | null> {
  let missing: string | null = null
  for (;;) {
    const found = await look(directory)
    if (found === null) return null
    const text = await ifThere(readFile(join(directory, contentOf(found.version)), 'utf8'))
    if (text !== null) return { ...found, record: decodeRecord(text) }
    // A writer came in between, so there is a newer version; unless there is none.
    if (found.version === missing) return { ...found, record: null }
    missing = found.version
  }
}

/** Starts a session in `directory`, put together in `staged` first so that it appears whole. False where there is one already. */
export async function start(
  directory: string,
  staged: string,
  version: string,
  record: SessionRecord,
): Promise<boolean> {
  await mkdir(staged, secluded)
  try {
    await write(staged, version, record)
    await writeFile(join(staged, pointerTo(version)), '', exclusive)
    await sync(staged)
    if (!(await moveInto(staged, directory))) return false
    await sync(dirname(directory))
    return true
  } finally {
    await rm(staged, { recursive: true, force: true })
  }
}

/** Puts `after`, which is `record`, in force where `before` is. False, with nothing changed, where it is not. */
export async function replace(
  directory: string,
  before: string,
  after: string,
  record: SessionRecord,
): Promise<boolean> {
  let isInForce = false
  try {
    if (!(await succeeds(write(directory, after, record)))) return false
    isInForce = await succeeds(
      rename(join(directory, pointerTo(before)), join(directory, pointerTo(after))),
    )
  } finally {
    if (!isInForce) await discard(directory, [contentOf(after)])
  }
  if (!isInForce) return false
  await sync(directory)
  await discard(directory, [contentOf(before)])
  return true
}

/** Ends the session in `directory`, or with `version` only that version of it: 'conflict' where another is in force. */
export async function remove(
  directory: string,
  version?: string | null,
): Promise<'removed' | 'absent' | 'conflict'> {
  for (;;) {
    const found = await look(directory)
    if (found === null) return 'absent'
    if (version !== undefined && found.version !== version) return 'conflict'
    if (await succeeds(unlink(join(directory, pointerTo(found.version))))) {
      await sync(directory)
      await discard(directory, found.names)
      return 'removed'
    }
  }
}

function write(directory: string, version: string, record: SessionRecord): Promise<void> {
  const file = join(directory, contentOf(version))
  return writeFile(file, encodeRecord(record), { ...exclusive, flush: true })
}

/** A directory is renamed onto an empty one, which is what an ended session may leave, and onto no other. */
async function moveInto(staged: string, directory: string): Promise<boolean> {
  try {
    if (await succeeds(rename(staged, directory))) return true
    const shard = dirname(directory)
    await mkdir(shard, secluded)
    await sync(dirname(shard))
    await rename(staged, directory)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOTEMPTY' || codeOf(error) === 'EEXIST') return false
    throw error
  }
}
