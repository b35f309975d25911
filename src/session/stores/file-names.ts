import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseId } from '../key.ts'
import type { SessionId } from '../key.ts'
import type { Version } from '../store.ts'

// A session is a directory, <first two digits of the id>/<id>/, with one file for its content, `<version>.json`, and one
// empty file that names the version in force, `<version>.current`. That one is never written, only renamed or unlinked;
// of several processes that rename or unlink one name, exactly one succeeds. This is the whole compare-and-swap: nothing
// is locked, so nothing stays locked. docs/decisions/file-store.md has the proof.

/** The directory of a session. Throws for what is no id, so that no name leads out of `path`. */
export function directoryOf(path: string, id: SessionId): string {
  if (parseId(id) === null) throw new Error('A session id is 64 hexadecimal digits.')
  return join(path, id.slice(0, 2), id)
}

/** Where the shard numbered 0 to 255 is. */
export function shardAt(path: string, number: number): string {
  return join(path, number.toString(16).padStart(2, '0'))
}

/** Where new sessions are put together, and whatever is to be removed whole is moved. */
export function stagingIn(path: string): string {
  return join(path, 'staging')
}

/** The name of the file that says that `version` is in force. */
export function pointerTo(version: string): string {
  return `${version}${pointer}`
}

/** The version that one of `names` says is in force; null where none does. */
export function versionIn(names: readonly string[]): string | null {
  return names.find((name) => name.endsWith(pointer))?.slice(0, -pointer.length) ?? null
}

/** The name of the file that holds the content of `version`. */
export function contentOf(version: string): string {
  return `${version}.json`
}

/** 128 random bits: a name that no process has used or ever will. */
export function token(): string {
  return randomBytes(16).toString('hex')
}

/** A version that has never been, to follow `version`; where that is null, a session's first. */
export function versionAfter(version: string | null): string {
  return `${version === null ? 1 : ordinalOf(version) + 1}-${token()}`
}

/** `version` as this store makes them; null for any other, which is no version of anything here. */
export function parseVersion(version: Version): string | null {
  return /^[1-9]\d{0,14}-[0-9a-f]{32}$/.test(String(version)) ? String(version) : null
}

/**
 * Those of `names` that can never be in force again, now that `version` is. What is numbered higher may be about to be:
 * it stays until a later save, or the end of the session, takes it along.
 */
export function remainsOf(version: string, names: readonly string[]): string[] {
  return names.filter(
    (name) =>
      name !== pointerTo(version) &&
      name !== contentOf(version) &&
      ordinalOf(name) <= ordinalOf(version),
  )
}

const pointer = '.current'

function ordinalOf(version: string): number {
  return Number.parseInt(version, 10)
}
