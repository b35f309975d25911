import { CommanderError } from 'commander'
import { exitCodeOf } from './exit-code.ts'
import { sentenceOf } from './terminal/sentence.ts'

/**
 * Ends a command that failed: a person reads a sentence on standard error, and a program that gave `--json` one JSON
 * document on standard output, unless the command has printed its own already.
 */
export async function fail(error: unknown): Promise<void> {
  // Commander has printed already what is wrong with the line.
  const isLine = error instanceof CommanderError
  const code = isLine ? 2 : exitCodeOf(error)
  const sentence = isLine ? error.message.replace(/^error: /, '') : sentenceOf(error)
  process.exitCode = code
  if (process.argv.includes('--json')) await printFault(sentence, code)
  if (isLine) return
  if (sentence !== '') process.stderr.write(`${sentence}\n`)
  // A module of the operator may have left a connection open, which would keep the process alive.
  setTimeout(() => process.exit(), 2000).unref()
}

async function printFault(message: string, exitCode: number): Promise<void> {
  const { hasPrintedJson, printJson } = await import('./terminal/table.ts')
  if (!hasPrintedJson()) printJson({ error: { message, exitCode } })
}
