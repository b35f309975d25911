import { CommandError, UsageError } from './terminal.ts'

/** Is there a person who can be asked? A program that runs the command is not, nor is one that reads what it prints. */
function isPerson(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

// Questions go to standard error: standard output has the result alone, and may be a file.
const context = { output: process.stderr }

/** Asks for `name`. Throws `CommandError` where there is no person. */
export async function ask(name: string): Promise<string> {
  if (!isPerson()) throw new CommandError(`Give --${name}: there is no terminal to ask on.`)
  const { input } = await import('@inquirer/prompts')
  const message = `${name[0]?.toUpperCase()}${name.slice(1)}:`
  return input({ message, required: true }, context)
}

/** Asks a person for a new password, twice. Throws `CommandError` where the two differ. */
export async function askNewPassword(): Promise<string> {
  const { password: secret } = await import('@inquirer/prompts')
  const password = await secret({ message: 'Password:', mask: true }, context)
  const again = await secret({ message: 'Password (again):', mask: true }, context)
  if (password !== again) throw new CommandError('The two passwords differ. Nothing was done.')
  return password
}

/**
 * Lets a person think again before what no command brings back, unless they have said `--yes`. Where there is no person,
 * `--yes` must have been said: a line in a script may have become another than was meant, and a pipe answers no question.
 * Throws `CommandError` for a person who says no, and `UsageError` where there is none.
 */
export async function makeSure(
  question: string,
  { yes = false }: { yes?: boolean },
): Promise<void> {
  if (yes) return
  if (!isPerson())
    throw new UsageError(`${question} There is no terminal to ask on: say --yes. Nothing was done.`)
  const { confirm } = await import('@inquirer/prompts')
  if (!(await confirm({ message: question, default: false }, context)))
    throw new CommandError('Nothing was done.')
}
