import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { Client } from 'pg'
import type { Deployment } from './deployment.ts'
import type { Fault } from './history.ts'
import type { Node } from './node.ts'
import type { Proxy } from './proxy.ts'
import type { Chance } from './random.ts'

/** Something that goes wrong, and is right again when `strike` resolves. */
export interface Trouble {
  readonly name: string
  /** What it befalls: no two befall one thing at once. */
  readonly on: string
  readonly loses?: Fault['loses']
  strike(chance: Chance): Promise<void>
}

/** How long a trouble lasts, in milliseconds. */
const whileOf = (chance: Chance, most = 4000) => sleep(chance.between(300, most))

/** Tries again where a machine that is busy with all this is too slow for a test's own patience. */
async function insist(work: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      if (tries === 10) throw error
      await sleep(500)
    }
  }
}

/** Everything that can befall this deployment. */
export function troublesOf(deployment: Deployment): Trouble[] {
  const { nodes, postgresql, redis, memcached } = deployment
  return [
    ...nodes.flatMap(ofNode),
    ...(postgresql ? ofPostgresql(deployment) : ofSqlite(deployment)),
    ...(redis ? ofRedis(deployment) : []),
    ...(memcached ? ofMemcached(deployment) : []),
  ]
}

/** A program that ends without a word and is started again, and one that keeps its connections and answers nothing. */
function ofProgram(
  on: string,
  program: {
    kill(): Promise<void>
    start(): Promise<void>
    pause(): void | Promise<void>
    resume(): void
  },
  loses?: Fault['loses'],
): Trouble[] {
  return [
    {
      name: `${on} is killed`,
      on,
      ...(loses && { loses }),
      async strike(chance) {
        await program.kill()
        await whileOf(chance, 3000)
        await program.start()
      },
    },
    {
      name: `${on} is stopped in its tracks`,
      on,
      async strike(chance) {
        await program.pause()
        await whileOf(chance, 5000)
        program.resume()
      },
    },
  ]
}

function ofNode(node: Node): Trouble[] {
  const on = `process ${node.index}`
  return [
    ...ofProgram(on, node),
    {
      name: `${on} is restarted`,
      on,
      async strike() {
        await node.stop()
        await node.start()
      },
    },
    ...ofWorkers(node, on),
    ...ofNetwork(node.database, `${on} to the database`),
    ...ofNetwork(node.cache, `${on} to the cache`),
  ]
}

/** What befalls one worker of a process that has several, while the others go on. */
function ofWorkers(node: Node, on: string): Trouble[] {
  if (!node.hasWorkers) return []
  const pick = (chance: Chance) => {
    const pids = node.workers()
    return pids.length === 0 ? null : chance.pick(pids)
  }
  return [
    {
      name: `a worker of ${on} is killed`,
      on,
      async strike(chance) {
        const pid = pick(chance)
        if (pid !== null) signal(pid, 'SIGKILL')
        await whileOf(chance, 2000)
      },
    },
    {
      name: `a worker of ${on} is stopped in its tracks`,
      on,
      async strike(chance) {
        const pid = pick(chance)
        if (pid === null) return
        signal(pid, 'SIGSTOP')
        await whileOf(chance)
        signal(pid, 'SIGCONT')
      },
    },
  ]
}

/** A worker may have ended by itself since it was picked. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function ofNetwork(proxy: Proxy | null, on: string): Trouble[] {
  if (proxy === null) return []
  const way = (name: string, begin: (chance: Chance) => void): Trouble => ({
    name: `the way of ${on} ${name}`,
    on,
    async strike(chance) {
      begin(chance)
      await whileOf(chance)
      proxy.heal()
    },
  })
  return [
    way('is cut', () => proxy.cut()),
    way('stalls', () => proxy.stall()),
    way('is slow', (chance) => proxy.delay(chance.between(20, 200))),
    { name: `the connections of ${on} break`, on, strike: async () => proxy.reset() },
    {
      // What was sent on the way is never answered, and the connections break without a word.
      name: `the way of ${on} stalls, and breaks`,
      on,
      async strike(chance) {
        proxy.stall()
        await whileOf(chance)
        proxy.cut()
        proxy.heal()
      },
    },
  ]
}

function ofPostgresql({ postgresql, databaseUrl }: Deployment): Trouble[] {
  if (postgresql === null) return []
  const on = 'PostgreSQL'
  return [
    ...ofProgram(on, postgresql),
    {
      name: 'PostgreSQL ends its connections',
      on,
      async strike() {
        const client = new Client({
          connectionString: databaseUrl,
          connectionTimeoutMillis: 30_000,
        })
        client.on('error', () => {})
        await client.connect()
        const others = 'datname = current_database() AND pid <> pg_backend_pid()'
        await client
          .query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${others}`)
          .finally(() => client.end())
      },
    },
  ]
}

function ofSqlite({ databaseUrl }: Deployment): Trouble[] {
  return [
    {
      name: 'another program holds the lock of the database',
      on: 'SQLite',
      async strike(chance) {
        const other = new Sqlite(databaseUrl.slice('file:'.length), { timeout: 5000 })
        try {
          other.exec('BEGIN IMMEDIATE')
          await whileOf(chance, 3000)
          other.exec('ROLLBACK')
        } finally {
          other.close()
        }
      },
    },
  ]
}

function ofRedis({ redis, plan }: Deployment): Trouble[] {
  if (redis === null) return []
  const on = 'Redis'
  return [
    ...ofProgram(on, { ...redis, start: redis.restart }),
    {
      name: 'Redis ends its connections',
      on,
      strike: () => insist(() => redis.send('CLIENT', 'KILL', 'TYPE', 'normal')),
    },
    {
      name: 'Redis forgets everything',
      on,
      // Copies are no loss.
      ...(plan.engine === 'cache' && { loses: 'sessions' as const }),
      strike: () => insist(() => redis.send('FLUSHALL')),
    },
  ]
}

function ofMemcached({ memcached, plan }: Deployment): Trouble[] {
  if (memcached === null) return []
  // It begins again empty. Copies are no loss.
  const program = { ...memcached, kill: memcached.stop }
  return ofProgram('Memcached', program, plan.engine === 'cache' ? 'sessions' : undefined)
}

/** Strikes at random until `isOver`, every few seconds, one or two things at once. Resolves when all is right again, with what could not be mended. */
export async function trouble(
  troubles: readonly Trouble[],
  chance: Chance,
  faults: Fault[],
  { now, isOver }: { now: () => number; isOver: () => boolean },
): Promise<unknown[]> {
  const busy = new Map<string, Promise<void>>()
  const failures: unknown[] = []
  while (!isOver()) {
    await sleep(chance.between(800, 3000))
    const free = troubles.filter(({ on }) => !busy.has(on))
    if (isOver() || busy.size > 1 || free.length === 0) continue
    const { name, on, loses, strike } = chance.pick(free)
    const from = now()
    const own = chance.fork()
    const struck = strike(own)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        faults.push({ name, from, to: now(), ...(loses && { loses }) })
        busy.delete(on)
      })
    busy.set(on, struck)
  }
  await Promise.all(busy.values())
  return failures
}
