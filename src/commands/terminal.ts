/** Something the person at the terminal can put right. Shown as one sentence, without a stack. */
export class CommandError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CommandError'
  }
}

/** A line of a command's result, on standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
