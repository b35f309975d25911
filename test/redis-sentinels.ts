import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { redisProgram, sendTo, startRedis, until } from './redis-server.ts'
import type { RedisServer } from './redis-server.ts'
import { spawnTied } from './tied.ts'

/** A master called `mymaster`, a replica of it, and three Sentinels that put the replica in its place within seconds. */
export interface RedisSentinels {
  readonly url: string
  readonly master: RedisServer
  readonly replica: RedisServer
  /** Sends one command to each Sentinel, and gives the reply of the first. */
  tell(...words: string[]): Promise<string>
  stop(): Promise<void>
}

/**
 * Starts them all and waits until each Sentinel knows of the replica and of the other Sentinels. `before` says at which port
 * Sentinels and clients reach the master, such as that of a proxy.
 */
export async function startRedisSentinels(
  before: (master: number) => Promise<number> = async (master) => master,
): Promise<RedisSentinels> {
  const master = await startRedis()
  const place = await before(master.port)
  const following = ['--replicaof', `127.0.0.1 ${master.port}`, '--repl-diskless-sync-delay', '0']
  const replica = await startRedis({ settings: following })
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(place)))
  const tell = async (...words: string[]) =>
    (await Promise.all(sentinels.map(({ port }) => askSentinel(port, words))))[0] ?? ''

  async function stop(): Promise<void> {
    await Promise.all([master, replica, ...sentinels].map((each) => each.stop()))
  }

  try {
    for (const { port } of sentinels)
      await until(async () => {
        const known = await askSentinel(port, ['SENTINEL', 'MASTER', 'mymaster'])
        const says = (name: string) =>
          new RegExp(`\\b${name}\\r\\n\\$\\d+\\r\\n(\\d+)`).exec(known)?.[1]
        return says('num-slaves') === '1' && says('num-other-sentinels') === '2'
      })
  } catch (error) {
    await stop()
    throw error
  }
  const places = sentinels.map(({ port }) => `127.0.0.1:${port}`)
  return { url: `redis-sentinel://${places.join(',')}/mymaster`, master, replica, tell, stop }
}

function askSentinel(port: number, words: string[]): Promise<string> {
  return sendTo(port, words, { isSentinel: true })
}

async function startSentinel(master: number) {
  if (redisProgram === null) throw new Error('redis-server is not installed.')
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-sentinel-'))
  const port = await freePort()
  const settings = join(folder, 'sentinel.conf') // which it rewrites
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor mymaster 127.0.0.1 ${master} 2`,
    'sentinel down-after-milliseconds mymaster 3000',
    'sentinel failover-timeout mymaster 10000',
  ]
  writeFileSync(settings, lines.join('\n'))
  const child = spawnTied(redisProgram, [settings, '--sentinel'], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  await until(async () => (await askSentinel(port, ['PING'])) === '+PONG', child)
  return {
    port,
    async stop() {
      process.off('exit', end)
      end()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
