import type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process'
import { resolve } from 'node:path'
import { patience } from './harness.ts'
import { spawnTied } from './tied.ts'
import { openNote } from './witness/notes.ts'
import { noteKeptKey, noteSettings } from './witness/settings.ts'

/** How a command ended. */
export interface Run {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

/** A server of the built program, in a process of its own. */
export interface ServerProcess {
  readonly child: ChildProcess
  readonly url: string
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>
  /** Everything it has printed so far. */
  output(): string
  /** Asks it to stop, and waits. */
  stop(): Promise<void>
}

/** Runs the built program, or another build of it, in `folder` to its end. */
export function runCommand(
  folder: string,
  words: string[],
  environment: Record<string, string> = {},
  stdin = '',
  program?: string,
): Promise<Run> {
  const child = spawnProgram(folder, words, environment, program)
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  if (stdin !== '') openNote('password')(stdin.trimEnd())
  child.stdin.on('error', () => {}) // it has ended and read nothing
  child.stdin.end(stdin)
  return new Promise((done) => child.on('close', (code) => done({ code, output, errors })))
}

/**
 * Starts a server on a free port and waits until it serves. Rejects with what it printed where it ends instead. `enter` are
 * words before its program, such as those that enter another network.
 */
export async function startProcess(
  folder: string,
  environment: Record<string, string> = {},
  program?: string,
  enter: readonly string[] = [],
): Promise<ServerProcess> {
  const defaults = { PORT: '0', SESSION_STORE_TIMEOUT: patience, SHUTDOWN_DELAY: '0' }
  const child = spawnProgram(folder, ['serve'], { ...defaults, ...environment }, program, enter)
  let output = ''
  const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)))
  const url = await new Promise<string>((done, fail) => {
    const listen = (chunk: Buffer) => {
      output += chunk.toString()
      const found = /"?url"?: ?"(http:[^"]+)"/.exec(output)
      if (found) done(found[1]!)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    void ended.then(() => fail(new Error(output)))
  })
  noteKeptKey(folder, environment['DATABASE_URL'])
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
  }
  return { child, url, ended, output: () => output, stop }
}

/** Starts the built program, or another build of it, in `folder`. */
export function spawnProgram(
  folder: string,
  words: string[],
  environment: Record<string, string>,
  program = resolve('dist/main.js'),
  enter: readonly string[] = [],
) {
  noteSettings(environment)
  const { PATH, HOME } = process.env
  const [first = process.execPath, ...rest] = [...enter, process.execPath, program, ...words]
  const child = spawnTied(first, rest, {
    cwd: folder,
    env: { PATH, HOME, ...environment } as NodeJS.ProcessEnv,
  }) as ChildProcessWithoutNullStreams
  for (const stream of [child.stdout, child.stderr]) stream.on('data', openNote('print'))
  return child
}
