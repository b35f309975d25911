import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { programOrSkip } from './programs.ts'

/** Where redis-server is; null, and a line that says so, where its tests must be skipped. */
export const redisProgram = programOrSkip('redis-server')

/** A Redis of its own on a loopback port, which keeps nothing on disk. */
export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Its Unix socket, as a URL. */
  readonly socketUrl: string
  readonly folder: string
  /** Sends one command and gives the reply as Redis wrote it, without its line ends; rejects where it is an error. */
  send(...words: string[]): Promise<string>
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>
  /** Stops it in its tracks: it keeps its connections and answers nothing. */
  pause(): void
  resume(): void
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** A cluster of three masters, without replicas. */
export interface RedisCluster {
  readonly url: string
  readonly nodes: readonly RedisServer[]
  stop(): Promise<void>
}

/** Starts a Redis on `port`, or a free one, and waits until it answers. `settings` are words of its command line. */
export async function startRedis({
  port = 0,
  settings = [],
}: { port?: number; settings?: string[] } = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-redis-'))
  const chosen = port || (await freePort())
  const socket = join(folder, 'redis.sock')
  const words = ['--port', `${chosen}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const place = ['--unixsocket', socket, '--appendonly', 'no', '--rdbcompression', 'no']
  let child = await launch()

  async function launch(): Promise<ChildProcess> {
    const launched = spawn(redisProgram ?? 'redis-server', [...words, ...place, ...settings], {
      stdio: 'ignore',
    })
    process.once('exit', () => launched.kill('SIGKILL'))
    await until(async () => (await sendTo(chosen, ['PING'])) === '+PONG', launched)
    return launched
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  return {
    port: chosen,
    url: `redis://127.0.0.1:${chosen}`,
    socketUrl: `unix://${socket}`,
    folder,
    send: (...words) => sendTo(chosen, words),
    kill,
    async restart() {
      child = await launch()
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a cluster and waits until each node says that it is whole, which takes Redis two seconds. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes: RedisServer[] = []
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  try {
    const buses: number[] = []
    const slots = ['0 5460', '5461 10922', '10923 16383']
    for (const range of slots) {
      const bus = await freePort()
      const settings = ['--cluster-enabled', 'yes', '--cluster-port', `${bus}`]
      const node = await startRedis({ settings })
      nodes.push(node)
      buses.push(bus)
      await node.send('CLUSTER', 'ADDSLOTSRANGE', ...range.split(' '))
    }
    const [first] = nodes
    for (const [at, { port }] of nodes.entries())
      if (at > 0) await first?.send('CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${buses[at]}`)
    for (const node of nodes)
      await until(async () => {
        const info = await node.send('CLUSTER', 'INFO')
        return info.includes('cluster_state:ok') && info.includes('cluster_size:3')
      })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    stop,
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** One connection a command: what a test asks must not depend on the client under test. */
async function sendTo(port: number, words: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(5_000, () => socket.destroy(new Error('Redis does not answer.')))
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  socket.write(`*${words.length}\r\n${parts.join('')}*1\r\n$4\r\nQUIT\r\n`)
  let reply = ''
  for await (const chunk of socket) reply += String(chunk)
  const text = reply.replace(/\+OK\r\n$/, '').trimEnd()
  if (text.startsWith('-')) throw new Error(text)
  return text
}

async function until(holds: () => Promise<boolean>, child?: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (child?.exitCode != null) throw new Error(`redis-server ended with ${child.exitCode}.`)
    if (await holds().catch(() => false)) return
    await delay(20)
  }
  throw new Error('Redis was not ready within ten seconds.')
}
