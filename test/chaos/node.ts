import { execFileSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawnTied } from '../tied.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** One process of the built server, which reaches what it depends on through proxies of its own. */
export interface Node {
  readonly index: number
  /** Where it listens, or listened last. */
  readonly url: string
  /** Does it listen, as far as a load balancer in front would know? */
  readonly isUp: boolean
  /** Between it and PostgreSQL; null where the database is a file. */
  readonly database: Proxy | null
  /** Between it and Redis or Memcached; null where there is none. */
  readonly cache: Proxy | null
  /** Lines of its log that warn or worse, the newest last. */
  readonly complaints: readonly string[]
  /** Is it the parent of WORKERS, which serve in its place? */
  readonly hasWorkers: boolean
  /** The processes that serve for it at this moment. */
  workers(): number[]
  start(): Promise<void>
  /**
   * Runs a command of the program with the settings of this process. `code` is what it exits with; null where it was killed,
   * because it took longer than twenty seconds.
   */
  command(words: readonly string[]): Promise<{ code: number | null; printed: string }>
  kill(): Promise<void>
  /** SIGTERM, and SIGKILL after twenty seconds. Says whether the second was needed. */
  stop(): Promise<boolean>
  pause(): void
  resume(): void
  close(): Promise<void>
}

/** What every process of a run is started with. */
export interface NodeOptions {
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
  /** Ports of this machine that are reached through proxies. */
  readonly databasePort: number | null
  readonly cachePort: number | null
  /** Called for each process that is started: what it gives is told everything that the process prints. */
  readonly openPrint?: () => (chunk: Buffer) => void
}

/** Makes a process's proxies, and starts it. */
export async function openNode(index: number, options: NodeOptions): Promise<Node> {
  const { folder, settings, databasePort, cachePort, openPrint } = options
  const database = databasePort === null ? null : await openProxy(databasePort)
  const cache = cachePort === null ? null : await openProxy(cachePort)
  const through = (value: string) =>
    value
      .replace(`127.0.0.1:${databasePort}`, `127.0.0.1:${database?.port}`)
      .replace(`127.0.0.1:${cachePort}`, `127.0.0.1:${cache?.port}`)
  const own = Object.entries(settings).map(([name, value]) => [name, through(value)] as const)
  const complaints: string[] = []
  let child: ChildProcess | null = null
  let ended: Promise<unknown> = Promise.resolve()
  let url = ''
  let isUp = false

  /** As a supervisor does: one that ends at once, because what it depends on is away, is started again. */
  async function start(): Promise<void> {
    for (let tries = 0; ; tries++) {
      try {
        return await launch()
      } catch (error) {
        if (tries === 60) throw error
        await sleep(500)
      }
    }
  }

  function run(words: readonly string[]): ChildProcess {
    const { PATH, HOME } = process.env
    const env = { PATH, HOME, PORT: '0', NODE_ENV: 'production', ...Object.fromEntries(own) }
    return spawnTied(process.execPath, [resolve('dist/main.js'), ...words], {
      cwd: folder,
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  }

  function command(words: readonly string[]): Promise<{ code: number | null; printed: string }> {
    const running = run(words)
    let printed = ''
    running.stdout?.on('data', (chunk: Buffer) => (printed += String(chunk)))
    running.stderr?.on('data', (chunk: Buffer) => (printed += String(chunk)))
    const late = setTimeout(() => running.kill('SIGKILL'), 20_000)
    return new Promise((done) =>
      running.once('close', (code) => {
        clearTimeout(late)
        done({ code, printed })
      }),
    )
  }

  async function launch(): Promise<void> {
    const launched = run(['serve'])
    child = launched
    const print = openPrint?.()
    ended = new Promise((done) => launched.once('close', done))
    url = await new Promise<string>((done, fail) => {
      let begin = ''
      const listen = (chunk: Buffer) => {
        print?.(chunk)
        note(String(chunk))
        begin = (begin + String(chunk)).slice(-20_000)
        const found = /"url":"(http:[^"]+)"/.exec(begin)
        if (found?.[1]) done(found[1])
      }
      launched.stdout?.on('data', listen)
      launched.stderr?.on('data', listen)
      void ended.then(() => {
        isUp = false
        fail(new Error(`Process ${index} ended: ${begin}`))
      })
    })
    isUp = true
  }

  function note(text: string): void {
    for (const line of text.split('\n')) if (/"level":[456]0/.test(line)) complaints.push(line)
    complaints.splice(0, complaints.length - 1000)
  }

  const node: Node = {
    index,
    get url() {
      return url
    },
    get isUp() {
      return isUp
    },
    database,
    cache,
    complaints,
    hasWorkers: Number(settings['WORKERS'] ?? 1) > 1,
    workers: () => childrenOf(child?.pid),
    start,
    command,
    async kill() {
      isUp = false
      child?.kill('SIGKILL')
      await ended
    },
    async stop() {
      child?.kill('SIGTERM')
      const isLate = await Promise.race([
        ended.then(() => false),
        sleep(20_000, true, { ref: false }),
      ])
      if (isLate) await node.kill()
      return isLate
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async close() {
      await node.kill()
      await Promise.all([database?.close(), cache?.close()])
    },
  }
  await start()
  return node
}

function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return []
  try {
    const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', `${pid}`], { encoding: 'utf8' })
    return listed.trim().split(/\s+/).map(Number)
  } catch {
    return [] // ps found none
  }
}

/** Waits until the process says that it is ready, for as long as `patience` milliseconds. Says whether it was. */
export async function isReady(node: Node, patience: number): Promise<boolean> {
  const limit = performance.now() + patience
  while (performance.now() < limit) {
    const signal = AbortSignal.timeout(2000)
    const answer = await fetch(`${node.url}/ready`, { signal }).catch(() => null)
    await answer?.arrayBuffer().catch(() => null)
    if (answer?.status === 200) return true
    await sleep(100)
  }
  return false
}
