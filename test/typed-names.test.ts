import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

test('the compiler of a host takes exactly the names that it has declared, types its session by them, and hides the inside', async () => {
  const run = promisify(execFile)(process.execPath, [
    'node_modules/typescript/bin/tsc',
    '--project',
    'test/fixtures/host',
  ])
  // What the compiler says stands in stdout.
  expect(await run.catch(({ stdout }: { stdout: string }) => stdout)).toEqual({
    stdout: '',
    stderr: '',
  })
})
