import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Where `program` is, on PATH or in one of `folders`; null, with a line that names it, where it is not installed. Where
 * the environment says REQUIRE_SERVICES=1, as CI does, that is a failure.
 */
export function programOrSkip(program: string, folders: readonly string[] = []): string | null {
  const places = [...(process.env['PATH'] ?? '').split(delimiter), ...folders]
  const found = places.map((place) => join(place, program)).find((path) => existsSync(path))
  if (found !== undefined && spawnSync(found, ['--version']).error === undefined) return found
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(`${program} is not installed.`)
  console.log(`${program} is not installed: its tests are skipped.`)
  return null
}
