import { spawn } from 'node:child_process'
import type { ChildProcess, SpawnOptions } from 'node:child_process'
import { existsSync } from 'node:fs'

const setpriv = '/usr/bin/setpriv'

/**
 * Starts a program that the system kills when this process ends, even where it is killed itself: a run of tests that is
 * cut off leaves nothing behind. Where the system cannot do that, an ordinary child.
 */
export function spawnTied(
  program: string,
  words: readonly string[],
  options: SpawnOptions = {},
  signal: 'KILL' | 'TERM' = 'KILL',
): ChildProcess {
  return existsSync(setpriv)
    ? spawn(setpriv, ['--pdeathsig', signal, program, ...words], options)
    : spawn(program, words, options)
}
