import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { programOrSkip } from './programs.ts'
import { spawnTied } from './tied.ts'

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

/** A cluster of three masters. A master is replaced by its replica, if it has one, after two seconds. */
export interface RedisCluster {
  readonly url: string
  readonly nodes: readonly RedisServer[]
  /** Adds a replica of `master`, and waits until it is one. */
  replicate(master: RedisServer): Promise<RedisServer>
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
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)

  async function launch(): Promise<ChildProcess> {
    const launched = spawnTied(redisProgram ?? 'redis-server', [...words, ...place, ...settings], {
      stdio: 'ignore',
    })
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
      process.off('exit', end)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until the replica of `master` has every write that `master` has answered. WAIT would ask for those of one connection only. */
export async function replicated(master: RedisServer): Promise<void> {
  const offsets = async () => {
    const info = await master.send('INFO', 'replication')
    const [, own = NaN] = /^master_repl_offset:(\d+)/m.exec(info) ?? []
    const [, replica = NaN] = /^slave0:.*\boffset=(\d+)/m.exec(info) ?? []
    return { own: Number(own), replica: Number(replica) }
  }
  const { own } = await offsets()
  await until(async () => (await offsets()).replica >= own)
}

/** Starts a cluster and waits until each node says that it is whole, which takes Redis two seconds. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes: RedisServer[] = []
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))

  /** Starts a node and has it meet the others. */
  async function join(): Promise<RedisServer> {
    const bus = `${await freePort()}`
    const settings = ['--cluster-enabled', 'yes', '--cluster-port', bus]
    const failing = [
      '--cluster-node-timeout',
      '2000',
      '--cluster-require-full-coverage',
      'no',
      '--repl-diskless-sync-delay',
      '0',
    ]
    const node = await startRedis({ settings: [...settings, ...failing] })
    await nodes[0]?.send('CLUSTER', 'MEET', '127.0.0.1', `${node.port}`, bus)
    nodes.push(node)
    return node
  }

  const says = (node: RedisServer, ...lines: string[]) =>
    until(async () => {
      const info = await node.send('CLUSTER', 'INFO')
      return lines.every((line) => info.includes(line))
    })

  try {
    for (const slots of ['0 5460', '5461 10922', '10923 16383'])
      await (await join()).send('CLUSTER', 'ADDSLOTSRANGE', ...slots.split(' '))
    for (const node of nodes)
      await says(node, 'cluster_state:ok', 'cluster_size:3', 'cluster_slots_assigned:16384')
  } catch (error) {
    await stop()
    throw error
  }

  return {
    url: `redis-cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    nodes,
    async replicate(master) {
      const name = (await master.send('CLUSTER', 'MYID')).split('\r\n')[1] ?? ''
      const replica = await join()
      await says(replica, 'cluster_state:ok', 'cluster_size:3')
      await replica.send('CLUSTER', 'REPLICATE', name)
      await until(async () =>
        (await replica.send('INFO', 'replication')).includes('link_status:up'),
      )
      return replica
    },
    stop,
  }
}

/** One connection a command: what a test asks must not depend on the client under test. */
export async function sendTo(
  port: number,
  words: string[],
  { isSentinel = false } = {},
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(30_000, () => socket.destroy(new Error('Redis does not answer.')))
  const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  const command = `*${words.length}\r\n${parts.join('')}`
  // A Sentinel does not know QUIT. It answers before it reads that nothing more will come.
  if (isSentinel) socket.end(command)
  else socket.write(`${command}*1\r\n$4\r\nQUIT\r\n`)
  let reply = ''
  for await (const chunk of socket.setEncoding('utf8')) reply += String(chunk)
  // Of what is stored only its own line end goes: it may end in spaces of its own.
  const text = reply.replace(/\+OK\r\n$/, '').replace(/\r\n$/, '')
  if (text.startsWith('-')) throw new Error(text)
  return text
}

/** Waits until `holds`, for a minute at least before it gives up. */
export async function until(holds: () => Promise<boolean>, child?: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (child?.exitCode != null) throw new Error(`redis-server ended with ${child.exitCode}.`)
    if (await holds().catch(() => false)) return
    await delay(20)
  }
  throw new Error('Redis was not ready within a minute.')
}
