import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { spawnTied } from '../tied.ts'
import { openNote } from '../witness/notes.ts'

/** A program of a guide, word for word. */
export interface Program {
  /** The guide, as docs/library.md. */
  readonly guide: string
  /** What its first line calls it. */
  readonly file: string
  readonly code: string
}

/** A program that runs. */
export interface Running {
  readonly url: string
  /** Everything that it has printed so far. */
  output(): string
  /** Its exit code, once it has ended by itself. */
  readonly ended: Promise<number | null>
  stop(): Promise<void>
}

/** The port that the guides write. */
const portOfGuides = '3000'

/** The programs of a guide. Throws for a block of code that does not say what it is called. */
export function readPrograms(guide: string): Program[] {
  const blocks = readFileSync(guide, 'utf8').matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)
  return [...blocks].map(([, code = '']) => {
    const file = /^\/\/ ([\w.-]+\.(?:mjs|js|ts))\n/.exec(code)?.[1]
    if (file === undefined) throw new Error(`A block of ${guide} has no name: ${code}`)
    return { guide, file, code }
  })
}

/** The folder of a guide's programs, among the dependents of the package. */
export function folderOf(dependents: string, guide: string): string {
  return join(dependents, 'documents', basename(guide, '.md'))
}

/** Saves programs for a reader who has followed the guides, each for a port that is free. */
export async function savePrograms(
  dependents: string,
  programs: readonly Program[],
): Promise<ReadonlyMap<Program, number>> {
  const ports = new Map<Program, number>()
  for (const program of programs) {
    const folder = folderOf(dependents, program.guide)
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const port = await freePort()
    writeFileSync(join(folder, program.file), program.code.replaceAll(portOfGuides, String(port)))
    ports.set(program, port)
  }
  return ports
}

/** Runs a saved program, or a command in its place, and waits until it listens or ends. */
export async function start(
  folder: string,
  words: readonly string[],
  port: number,
): Promise<Running> {
  const child = spawnTied(process.execPath, words, {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  })
  let printed = ''
  let hasEnded = false
  const read = (chunk: Buffer) => {
    openNote('print')(chunk)
    printed += chunk.toString()
  }
  child.stdout?.on('data', read)
  child.stderr?.on('data', read)
  const ended = new Promise<number | null>((done) => child.once('close', done))
  void ended.then(() => (hasEnded = true))
  while (!hasEnded && !(await isListening(port))) await delay(50)
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => printed,
    ended,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })
}
