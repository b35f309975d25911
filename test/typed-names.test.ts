import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test.each(['test/fixtures/host', 'test/fixtures/host-without-names'])(
  'the compiler of a host takes exactly the names that it has declared and the settings that there are, types its session, and hides the inside: %s',
  async (project) => {
    const run = promisify(execFile)(process.execPath, [
      'node_modules/typescript/bin/tsc',
      '--project',
      project,
    ])
    // What the compiler says stands in stdout.
    expect(await run.catch(({ stdout }: { stdout: string }) => stdout)).toEqual({
      stdout: '',
      stderr: '',
    })
  },
)
