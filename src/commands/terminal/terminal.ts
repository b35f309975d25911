import { styleText } from 'node:util'
import { NotFound } from '../../refusals.ts'

/** Something the person at the terminal can put right. Shown as one sentence, without a stack. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandError'
  }
}

/** An argument or an option has a value that means nothing to the command. */
export class UsageError extends CommandError {}

/** Says `sentence` where what a command is about is not there. Any other fault goes on as it is. */
export function unlessMissing(sentence: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof NotFound ? new CommandError(sentence) : error
  }
}

/** A line of a command's result, on standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** A line beside the result, for a person alone: nothing is said where standard error is no terminal. */
export function remark(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${styled('dim', line, process.stderr)}\n`)
}

/** What a piece of text may look like. */
export type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green'

/**
 * `text` in a style where `stream` is a terminal that has it. NO_COLOR and FORCE_COLOR are kept, as Node keeps them.
 */
export function styled(
  style: Style,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(style, text, { stream })
}

/** How many columns a line may have; Infinity where a program reads it. */
export function columnsOf(stream: NodeJS.WriteStream = process.stdout): number {
  return stream.isTTY ? Math.max(stream.columns || 80, 20) : Infinity
}

/**
 * Keeps the process alive where the reader of what it prints goes away, as `head` does, or its terminal is closed. What
 * is printed after that is lost.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
