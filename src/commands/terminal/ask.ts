import { isatty } from 'node:tty'
import { CommandError, UsageError } from './terminal.ts'

/** Is there a person who can be asked? A program that runs the command is not, nor is one that reads what it prints. */
function isPerson(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** What a prompt is drawn on, and the signal that ends it. */
interface Context {
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/**
 * The answer of a person. Throws `CommandError` where they end their input without one, by Ctrl-D. The prompt itself would wait
 * on: the process would run out of work, and exit with 0 as if it had done what it was asked.
 */
async function answerTo<Answer>(prompt: (context: Context) => Promise<Answer>): Promise<Answer> {
  const ended = new AbortController()
  const end = () => {
    if (!isatty(process.stdin.fd)) hangUp()
    // An answer that came with the end counts: it is given by the next turn.
    setImmediate(() => ended.abort())
  }
  // Ctrl-D shows as a pause: what reads the lines closes, and lets go of standard input.
  for (const event of ends) process.stdin.once(event, end)
  // A Ctrl-D that came before the prompt took over the terminal is read as this character instead.
  const hear = (keys: Buffer) => keys.includes(earlyEnd) && end()
  process.stdin.on('data', hear)
  process.on('SIGHUP', end)
  try {
    // Questions go to standard error: standard output has the result alone, and may be a file.
    return await prompt({ output: process.stderr, signal: ended.signal })
  } catch (error) {
    const isWithout = error instanceof Error && error.name === 'AbortPromptError'
    throw isWithout ? new CommandError('Nothing was done.') : error
  } finally {
    for (const event of ends) process.stdin.off(event, end)
    process.stdin.off('data', hear)
    process.off('SIGHUP', end)
  }
}

const ends = ['pause', 'end'] as const

/** What Linux makes of an end of input that no program had read when the terminal stopped to read by lines. */
const earlyEnd = '\0'

/**
 * Ends the process as a terminal that closes ends others. Node would set the terminal back first, and abort where it is gone,
 * with what was typed in the dump.
 */
function hangUp(): void {
  process.removeAllListeners('SIGHUP')
  process.kill(process.pid, 'SIGHUP')
}

/** Asks for `name`. Throws `CommandError` where there is no person, and where they give none. */
export async function ask(name: string): Promise<string> {
  if (!isPerson()) throw new CommandError(`Give --${name}: there is no terminal to ask on.`)
  const { input } = await import('@inquirer/prompts')
  const message = `${name[0]?.toUpperCase()}${name.slice(1)}:`
  return answerTo((context) => input({ message, required: true }, context))
}

/** Asks a person for a new password, twice. Throws `CommandError` where the two differ, and where one is not given. */
export async function askNewPassword(): Promise<string> {
  const { password: secret } = await import('@inquirer/prompts')
  const askFor = (message: string) =>
    answerTo((context) => secret({ message, mask: true }, context))
  const password = await askFor('Password:')
  const again = await askFor('Password (again):')
  if (password !== again) throw new CommandError('The two passwords differ. Nothing was done.')
  return password
}

/**
 * Lets a person think again before what no command brings back, unless they have said `--yes`. A script must say `--yes`: its
 * author may not have meant what the line does, and a pipe answers no question. Throws `CommandError` for a person who says no
 * or nothing, and `UsageError` for a script without `--yes`. `question` may count sessions: it is not called for `--yes`.
 */
export async function makeSure(
  question: () => string | Promise<string>,
  { yes = false }: { readonly yes?: boolean | undefined } = {},
): Promise<void> {
  if (yes) return
  const message = await question()
  if (!isPerson())
    throw new UsageError(`${message} There is no terminal to ask on: say --yes. Nothing was done.`)
  const { confirm } = await import('@inquirer/prompts')
  const isSure = await answerTo((context) => confirm({ message, default: false }, context))
  if (!isSure) throw new CommandError('Nothing was done.')
}
