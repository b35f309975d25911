#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { spareMemory } from './commands/memory.ts'
import { createProgram } from './commands/program.ts'
import { outliveReaders } from './commands/terminal.ts'

/** Of the package: its manifest lies above src, and above dist. */
const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

spareMemory()
outliveReaders()
try {
  await createProgram(version).parseAsync()
} catch (error) {
  // Help and the version were printed, or what is wrong with the line that was typed.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else await fail(error)
}

async function fail(error: unknown): Promise<void> {
  const { exitCodeOf } = await import('./commands/exit-code.ts')
  const { sentenceOf } = await import('./commands/sentence.ts')
  process.exitCode = exitCodeOf(error)
  const sentence = sentenceOf(error)
  if (sentence !== '') process.stderr.write(`${sentence}\n`)
  // A module of the operator's may have opened what only it could close: a command that failed ends all the same.
  setTimeout(() => process.exit(), 2000).unref()
}
