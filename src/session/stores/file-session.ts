import { rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { decodeRecord, encodeRecord } from '../record/record.ts'
import type { SessionRecord } from '../record/record.ts'
import {
  absent,
  isOld,
  makeDirectory,
  makeFile,
  namesIn,
  readText,
  succeeds,
  sync,
  takeAway,
  freshName,
  unless,
} from './file-disk.ts'

// A session is a directory. `<version>.json` is its content, and an empty file, `<version>.current`, names the version in
// force. That one is never written, only renamed or unlinked: of several processes that rename or unlink one name, exactly
// one succeeds. This is the whole compare-and-swap. A version is random, so it is in force once and never again. Why there
// are no locks: docs/decisions/0013-file-store-without-locks.md.

/** The name of the file that says which version is in force. */
export const pointer = /^([0-9a-f]{32})\.current$/

/** What a session's directory held when it was read. */
export interface SessionFolder {
  readonly version: string
  readonly names: readonly string[]
}

/** The version that was in force, and its record: null where the content is damaged or lost. */
export interface Content extends SessionFolder {
  readonly record: SessionRecord | null
}

/** The version in force in `directory`, and the names beside it; null where there is no session. */
export async function look(directory: string): Promise<SessionFolder | null> {
  // POSIX lets a listing miss a name that is changed meanwhile. Linux never does; elsewhere a second look helps.
  for (let looks = 0; looks < 3; looks++) {
    const names = await unless(absent, namesIn(directory))
    if (names === null) return null
    for (const name of names) {
      const version = pointer.exec(name)?.[1]
      if (version !== undefined) return { version, names }
    }
  }
  return null
}

/** What is in force in `directory`; null where there is no session. */
export async function read(directory: string): Promise<Content | null> {
  let missing: string | null = null
  for (;;) {
    const found = await look(directory)
    if (found === null) return null
    // The version was in force before and after its content was missing, so no process replaced it meanwhile.
    if (found.version === missing) return { ...found, record: null }
    const file = join(directory, contentOf(found.version))
    const text = await unless([...absent, 'EISDIR'], readText(file))
    if (text !== null) return { ...found, record: decodeRecord(text) }
    missing = found.version
  }
}

/**
 * Starts a session in `directory`. It makes the session in `staging` first, so that it appears whole. Null where there is one
 * already.
 */
export async function start(
  directory: string,
  staging: string,
  record: SessionRecord,
): Promise<string | null> {
  const version = freshName()
  const staged = join(staging, freshName())
  const shard = dirname(directory)
  await makeDirectory(staged)
  try {
    await makeFile(join(staged, contentOf(version)), encodeRecord(record))
    await makeFile(join(staged, pointerTo(version)))
    await sync(staged)
    if (await makeDirectory(shard)) await sync(dirname(shard))
    // A rename never replaces a directory that holds something.
    const isNew = await succeeds(rename(staged, directory), ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'])
    if (!isNew) return null
    await sync(shard)
    return version
  } finally {
    await rm(staged, { recursive: true, force: true })
  }
}

/**
 * Puts `record` in force in place of `before` and returns its version. Null, with nothing changed, where `before` is not in
 * force.
 */
export async function replace(
  directory: string,
  before: string,
  record: SessionRecord,
): Promise<string | null> {
  const after = freshName()
  const write = makeFile(join(directory, contentOf(after)), encodeRecord(record))
  const install = () =>
    rename(join(directory, pointerTo(before)), join(directory, pointerTo(after)))
  let isInForce = false
  try {
    isInForce = await succeeds(write.then(install))
  } finally {
    if (!isInForce) await discard(directory, contentOf(after))
  }
  if (!isInForce) return null
  await sync(directory)
  await discard(directory, contentOf(before))
  return after
}

/**
 * Ends `version` of the session in `directory`. False, with nothing changed, where it is not in force. Where `hasExpired`, a
 * loss of power may bring the session back: it opens nothing.
 */
export async function end(
  directory: string,
  staging: string,
  version: string,
  { hasExpired = false } = {},
): Promise<boolean> {
  if (!(await succeeds(unlink(join(directory, pointerTo(version)))))) return false
  await takeAway(directory, staging, { isLasting: !hasExpired })
  return true
}

/**
 * Removes old files that killed processes left in `directory`, where `found` was read. Removes the directory where there is
 * no session, or a damaged one.
 */
export async function tidy(
  directory: string,
  staging: string,
  found: Content | null,
): Promise<void> {
  if (!found?.record) {
    if (await isOld(directory)) await takeAway(directory, staging)
    return
  }
  const { version, record, names } = found
  const inUse = [pointerTo(version), contentOf(version)]
  const rest = names.filter((name) => !inUse.includes(name))
  const old = await Promise.all(rest.map((name) => isOld(join(directory, name))))
  if (!old.includes(true)) return
  // Writers may still be about to put these files in force, however old they are. Each can do so only in place of this
  // version or an earlier one, so saving the same record under a new version makes their renames fail. A full disk must not
  // stop the sweep, which makes room.
  if ((await unless(noRoom, replace(directory, version, record))) === null) return
  for (const name of rest) await rm(join(directory, name), { recursive: true, force: true })
}

/** The error codes of a system that can write no more: a full disk, a quota, a limit, a read-only disk. */
const noRoom = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'] as const

/** Removes the file of a version that is not in force. Never fails: the sweep tries again. */
async function discard(directory: string, name: string): Promise<void> {
  await unlink(join(directory, name)).catch(() => undefined)
}

/** The name of the file with a version's content. */
export function contentOf(version: string): string {
  return `${version}.json`
}

function pointerTo(version: string): string {
  return `${version}.current`
}
