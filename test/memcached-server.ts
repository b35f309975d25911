import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { programOrSkip } from './programs.ts'
import { spawnTied } from './tied.ts'

/** The installed `memcached`; null where there is none, and its tests are to be skipped. */
export const memcachedProgram = programOrSkip('memcached')

/** A real Memcached on a loopback port of its own. */
export interface MemcachedServer {
  /** `127.0.0.1:port`, which stays the same when it is started again. */
  readonly name: string
  /** What the server answers to `commands`, in plain text. */
  ask(commands: string): Promise<string>
  /** The names of everything it has. */
  dump(): Promise<string>
  /** Kills it, unless it is down already: everything it had is lost. */
  stop(): Promise<void>
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>
  /** Hangs it, and waits until it does: it accepts connections and answers nothing. */
  pause(): Promise<void>
  resume(): void
}

/** Starts a Memcached with `words` on its command line and waits until it answers. */
export async function startMemcached(words: readonly string[] = []): Promise<MemcachedServer> {
  const port = await freePort()
  let child: ChildProcess | null = null

  const server: MemcachedServer = {
    name: `127.0.0.1:${port}`,
    ask: (commands) => askAll(port, commands),
    async dump() {
      for (let attempt = 0; attempt < 100; attempt++) {
        const answer = await ask(port, 'lru_crawler metadump all\r\n', /^(END|BUSY.*)\r\n/m)
        if (!answer.startsWith('BUSY')) return answer
        await new Promise((done) => setTimeout(done, 20))
      }
      throw new Error('memcached is busy.')
    },
    async stop() {
      if (child === null) return
      const { promise: ended, resolve } = deferred()
      child.once('close', resolve)
      child.kill('SIGKILL')
      child = null
      await ended
    },
    async start() {
      child = run(port, words)
      await answering(port, child)
    },
    async pause() {
      child?.kill('SIGSTOP')
      // Its threads stop one by one: one may still answer where another does not.
      const goesOn = async () => !areStopped(child?.pid) || (await answers(port, 100))
      for (let attempt = 0; attempt < 100 && (await goesOn()); attempt++)
        await new Promise((done) => setTimeout(done, 10))
    },
    resume: () => void child?.kill('SIGCONT'),
  }
  await server.start()
  return server
}

/** Have all threads of the process stopped? True where the system does not say. */
function areStopped(pid: number | undefined): boolean {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) return true
  return readdirSync(tasks).every((task) =>
    readFileSync(join(tasks, task, 'stat'), 'latin1').includes(') T '),
  )
}

function run(port: number, words: readonly string[]): ChildProcess {
  if (memcachedProgram === null) throw new Error('memcached is not installed.')
  // As root it will not run but under another name.
  const user = process.getuid?.() === 0 ? ['-u', 'nobody'] : []
  const place = ['-l', '127.0.0.1', '-p', String(port), '-U', '0']
  return spawnTied(memcachedProgram, [...user, ...place, ...words], { stdio: 'ignore' })
}

async function answering(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 3000; attempt++) {
    if (child.exitCode !== null) throw new Error(`memcached ended with ${child.exitCode}.`)
    if (await answers(port, 1000)) return
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error('memcached does not answer.')
}

async function answers(port: number, limit: number): Promise<boolean> {
  return ask(port, 'version\r\n', /^(?:VERSION|CLIENT_ERROR) /, limit).then(
    () => true,
    () => false, // ECONNREFUSED, or nothing in time
  )
}

/** Sends `commands`, and `version` to know by its answer that they are all answered. */
function askAll(port: number, commands: string): Promise<string> {
  return ask(port, `${commands}version\r\n`, /^VERSION .*\r\n$/m)
}

/** What is answered to `commands`, up to the line `end`. */
function ask(port: number, commands: string, end: RegExp, limit = 30_000): Promise<string> {
  return new Promise((done, fail) => {
    let answer = ''
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(commands))
    socket.setTimeout(limit, () => socket.destroy(new Error('memcached does not answer.')))
    socket.setEncoding('utf8')
    socket.on('error', fail)
    socket.on('data', (text: string) => {
      answer += text
      const last = end.exec(answer)
      if (last === null) return
      socket.destroy()
      done(last[0].startsWith('BUSY') ? last[0] : answer.slice(0, last.index))
    })
  })
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}
