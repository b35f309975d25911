import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { programOrSkip } from '../programs.ts'

/** The program that runs another in a terminal of its own; null where it is not installed. */
export const scriptProgram = programOrSkip('script')

/** What a terminal showed, and how the command in it ended. */
export interface Shown {
  readonly code: number | null
  readonly screen: string
}

/** How a command is run in a terminal. */
export interface TerminalOptions {
  readonly folder: string
  readonly columns: number
  readonly environment: Record<string, string>
  /** Typed once the screen shows `at`; at once, where that is empty. */
  readonly typed?: readonly { readonly at: string; readonly keys: string }[]
}

/** Runs the built program in a pseudo-terminal of so many columns. Lines end as in a file. */
export function runInTerminal(
  words: readonly string[],
  { folder, columns, environment, typed = [] }: TerminalOptions,
): Promise<Shown> {
  const program = [process.execPath, resolve('dist/main.js'), ...words].map(quoted).join(' ')
  const { PATH, HOME } = process.env
  const child = spawn(
    scriptProgram ?? 'script',
    ['-qec', `stty cols ${columns} rows 40; exec ${program}`, '/dev/null'],
    { cwd: folder, env: { PATH, HOME, TERM: 'xterm-256color', ...environment } },
  )
  child.stdin.on('error', () => {}) // the command has ended before it could read all
  let screen = ''
  const waiting = [...typed]
  if (waiting[0]?.at === '') child.stdin.write(waiting.shift()?.keys)
  child.stdout.on('data', (chunk: Buffer) => {
    screen += chunk.toString()
    const [next] = waiting
    if (next === undefined || !screen.includes(next.at)) return
    waiting.shift()
    child.stdin.write(next.keys)
  })
  return new Promise((done) =>
    child.on('close', (code) => done({ code, screen: screen.replaceAll('\r\n', '\n') })),
  )
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}
