import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import { freePort } from './free-port.ts'
import { programOrSkip } from './programs.ts'
import { spawnTied } from './tied.ts'

/** Where pgbouncer is; null, and a line that says so, where its tests must be skipped. */
export const pgbouncerProgram = programOrSkip('pgbouncer', ['/usr/sbin'])

/** A PgBouncer on a loopback port of its own, in front of a test's PostgreSQL. */
export interface PgbouncerServer {
  readonly port: number
  /** The address of the database of `url`, by way of the pool. */
  through(url: string): string
  /** Has it lend out connections for a session or a transaction from now on. */
  lend(pool: 'session' | 'transaction'): void
  /** What it wrote to its log. */
  log(): string
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/**
 * Starts a PgBouncer before the PostgreSQL of `url`, as Debian ships it but for `pool` and `settings` (lines of its ini
 * file), and waits until it answers. As PostgreSQL, it will not run as root: there it runs as nobody.
 */
export async function startPgbouncer(
  url: string,
  {
    pool = 'session',
    settings = [],
  }: { pool?: 'session' | 'transaction'; settings?: string[] } = {},
): Promise<PgbouncerServer> {
  if (pgbouncerProgram === null) throw new Error('pgbouncer is not installed.')
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pgbouncer-'))
  const nobody = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (nobody.uid) chownSync(folder, nobody.uid, nobody.gid)
  const port = await freePort()
  const { hostname, port: behind, username } = new URL(url)
  const [ini, users, log] = ['pgbouncer.ini', 'users.txt', 'log'].map((name) => join(folder, name))
  writeFileSync(users ?? '', `"${username}" ""\n`)
  const linesFor = (pool: string) => [
    '[databases]',
    `* = host=${hostname} port=${behind}`,
    '[pgbouncer]',
    `logfile = ${log}`,
    `pidfile = ${join(folder, 'pid')}`,
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    `unix_socket_dir = ${folder}`,
    'auth_type = trust',
    `auth_file = ${users}`,
    `pool_mode = ${pool}`,
    ...settings,
  ]
  writeFileSync(ini ?? '', linesFor(pool).join('\n'))
  const child = spawnTied(pgbouncerProgram, ['-q', ini ?? ''], { ...nobody, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  const readLog = () => readFileSync(log ?? '', 'utf8')

  const through = (url: string) => {
    const address = new URL(url)
    address.port = String(port)
    return address.href
  }

  async function stop(): Promise<void> {
    process.off('exit', end)
    end()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }

  for (let attempt = 0; !(await answers(through(url))); attempt++) {
    if (child.exitCode !== null || attempt === 1200) {
      await stop()
      throw new Error('pgbouncer did not start.')
    }
    await delay(50)
  }
  const lend = (pool: string) => {
    writeFileSync(ini ?? '', linesFor(pool).join('\n'))
    child.kill('SIGHUP')
  }
  return { port, through, lend, log: readLog, stop }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 30_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('SELECT 1').finally(() => client.end())
    return true
  } catch {
    return false
  }
}
