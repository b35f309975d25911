import { NotFound } from '../refusals.ts'

/** Something the person at the terminal can put right. Shown as one sentence, without a stack. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandError'
  }
}

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

/**
 * Keeps the process alive where the reader of what it prints goes away, as `head` does, or its terminal is closed. What
 * is printed after that is lost.
 */
export function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
}
