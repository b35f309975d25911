import { execFile } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { spawnTied } from '../tied.ts'
import { openNote } from '../witness/notes.ts'

/** What `npm pack` made. */
export interface Tarball {
  /** Bytes. */
  readonly size: number
  /** Their paths in the package. */
  readonly files: readonly string[]
}

/** A folder with the tarball and the examples installed, each example a workspace of it. */
export interface Dependents {
  readonly folder: string
  readonly tarball: Tarball
  /** What `npm install` printed. */
  readonly installed: string
  remove(): void
}

/** A program that listens. */
export interface Listening {
  readonly url: string
  /** Everything that it has printed so far. */
  output(): string
  /** Asks it to stop, and resolves with its exit code. */
  stop(): Promise<number | null>
}

const run = promisify(execFile)

/** The environment of a newcomer: nothing of this run's settings. */
const { PATH, HOME } = process.env
const environment = { PATH, HOME, NO_COLOR: '1' } as NodeJS.ProcessEnv

/** Packs what the last build left in dist, and installs the tarball, once for all who test it. */
export async function installDependents(): Promise<Dependents> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-package-'))
  const packing = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const [packed] = JSON.parse((await run('npm', packing)).stdout)
  cpSync('examples', join(folder, 'examples'), {
    recursive: true,
    filter: (path) => !/node_modules|dist$|\.db/.test(path),
  })
  const root = {
    name: 'dependents',
    private: true,
    type: 'module',
    workspaces: ['examples/*'],
    dependencies: { coatcheck: `file:${packed.filename}` },
  }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root))
  // Scripts would compile the driver of SQLite where no prebuilt one can be had: this project's own is put there instead.
  const installing = [
    'install',
    '--ignore-scripts',
    '--omit=dev',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
  ]
  const { stdout, stderr } = await run('npm', installing, { cwd: folder, env: environment })
  const driver = 'node_modules/better-sqlite3/build'
  if (existsSync(driver)) cpSync(driver, join(folder, driver), { recursive: true })
  // What an author has beside it, and what this project has already: types, and the runner of tests.
  for (const name of ['@types/node', '@types/express', 'vitest']) {
    const path = join(folder, 'node_modules', name)
    if (existsSync(path)) continue
    mkdirSync(join(path, '..'), { recursive: true })
    symlinkSync(resolve('node_modules', name), path)
  }
  return {
    folder,
    tarball: { size: packed.size, files: packed.files.map(({ path }: { path: string }) => path) },
    installed: `${stdout}${stderr}`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Every check that a dependent may have on. */
export const strictest = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
}

/** Compiles `files` as a dependent does whose tsconfig has these options; resolves with what the compiler says. */
export async function compile(folder: string, options: Record<string, unknown>): Promise<string> {
  const project = join(folder, 'tsconfig.test.json')
  writeFileSync(project, JSON.stringify(options))
  const compiler = resolve('node_modules/typescript/bin/tsc')
  const compiling = run(process.execPath, [compiler, '-p', project], { cwd: folder })
  return compiling.then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  )
}

/** Runs a program of a dependent to its end, and resolves with what it printed. Rejects where it fails. */
export async function runIn(folder: string, words: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, words, { cwd: folder, env: environment })
  return stdout
}

/** Starts a program of a dependent, and resolves when it has said where it listens. Rejects with what it printed where it ends. */
export async function listen(folder: string, words: readonly string[]): Promise<Listening> {
  const child: ChildProcess = spawnTied(process.execPath, words, {
    cwd: folder,
    env: { ...environment, PORT: '0', HOST: '127.0.0.1' },
  })
  let printed = ''
  const ended = new Promise<number | null>((done) => child.once('close', done))
  const port = await new Promise<string>((done, fail) => {
    const read = (chunk: Buffer) => {
      openNote('print')(chunk)
      printed += chunk.toString()
      const found = /port"?: (\d+)|https?:\/\/[^/\s"']+:(\d+)/.exec(printed)
      if (found) done(found[1] ?? found[2] ?? '')
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    void ended.then(() => fail(new Error(printed)))
  })
  return {
    url: `http://localhost:${port}`,
    output: () => printed,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** An entry of package-lock.json. */
interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
}

/** What a dependent gets with the package, by name: not what the examples bring themselves. */
export function packagesOf(folder: string): ReadonlyMap<string, Locked> {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: Record<string, Locked> }
  const found = new Map<string, Locked>()
  const add = (path: string): void => {
    const locked = packages[path]
    const name = path.split('node_modules/').at(-1) ?? ''
    if (locked === undefined || found.has(name)) return
    found.set(name, locked)
    const needed = {
      ...locked.dependencies,
      ...locked.optionalDependencies,
      ...locked.peerDependencies,
    }
    for (const needs of Object.keys(needed)) add(nearest(packages, path, needs))
  }
  add('node_modules/coatcheck')
  return found
}

/** Where Node finds `name` from the package at `path`. */
function nearest(packages: Record<string, Locked>, path: string, name: string): string {
  const inside = `${path}/node_modules/${name}`
  if (inside in packages || !path.includes('/node_modules/'))
    return inside in packages ? inside : `node_modules/${name}`
  return nearest(packages, path.slice(0, path.lastIndexOf('/node_modules/')), name)
}

/** What the package says of itself. */
export function readManifest(folder: string): { readonly version: string } {
  return JSON.parse(readFileSync(join(folder, 'node_modules/coatcheck/package.json'), 'utf8'))
}
