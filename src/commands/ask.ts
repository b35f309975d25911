import { CommandError } from './terminal.ts'

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

/** Lets a person think again. Throws `CommandError` where they do. A program means what it says, and is not asked. */
export async function makeSure(message: string, { yes = false }: { yes?: boolean }): Promise<void> {
  if (yes || !isPerson()) return
  const { confirm } = await import('@inquirer/prompts')
  if (!(await confirm({ message, default: false }, context)))
    throw new CommandError('Nothing was done.')
}
