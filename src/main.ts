#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { spareMemory } from './commands/memory.ts'
import { createProgram } from './commands/program.ts'
import { outliveReaders } from './commands/terminal/terminal.ts'

/** Of the package: its manifest lies above src, and above dist. */
const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

spareMemory()
outliveReaders()
try {
  await createProgram(version).parseAsync()
} catch (error) {
  // Help and the version were printed.
  if (error instanceof CommanderError && error.exitCode === 0) process.exitCode = 0
  else await (await import('./commands/fail.ts')).fail(error)
}
