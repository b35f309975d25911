import { execFile, execFileSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { databaseKind } from '../src/database/database.ts'
import { freePort } from './free-port.ts'
import { initialise } from './postgresql-data.ts'
import { programOrSkip } from './programs.ts'
import { spawnTied } from './tied.ts'

const root = '/usr/lib/postgresql'
const versions = () => {
  try {
    return readdirSync(root).map((version) => join(root, version, 'bin'))
  } catch {
    return [] // ENOENT: not Debian, or not installed
  }
}

/** Where PostgreSQL is; null where it is not installed, with a line that says so. */
export const postgresqlProgram = programOrSkip('postgres', versions())

/** A real PostgreSQL server on a free loopback port. */
export interface PostgresqlServer {
  readonly port: number
  /** A new database, with our tables in it unless it shall be empty. It sorts by bytes, or as the language of ICU does. */
  database(options?: { isEmpty?: boolean; language?: string }): Promise<string>
  /** Runs one statement, in the database `postgres`, and gives its rows. */
  ask(sql: string): Promise<Record<string, unknown>[]>
  /**
   * Starts a replica, which follows this server at `port` of this machine: its own, or a proxy's. `SELECT pg_promote()` has
   * it take this server's place.
   */
  replicate(port?: number): Promise<PostgresqlServer>
  /** Stops at once, as a crash does. */
  kill(): Promise<void>
  /** Begins again, on the same port and with the same data. */
  start(): Promise<void>
  /** Lets it hang: connections stay open and nothing answers. */
  pause(): void
  resume(): void
  /** Ends it, and removes its data. */
  stop(): Promise<void>
}

/** Starts a server with its data in memory-speed settings. It will not run as root, so there it runs as nobody. */
export function startPostgresql(): Promise<PostgresqlServer> {
  return start(initialise)
}

/** Puts data into a folder that is not there yet. `programs` is where those of PostgreSQL are, and `options` say who runs them. */
type Maker = (programs: string, data: string, options: object) => Promise<void>

/** Starts a server on a free port, whose data `make` has made. */
async function start(make: Maker): Promise<PostgresqlServer> {
  const program = postgresqlProgram
  if (program === null) throw new Error('postgres is not installed.')
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pg-'))
  const data = join(folder, 'data')
  const nobody = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (nobody.uid) chownSync(folder, nobody.uid, nobody.gid)
  const port = await freePort()
  const options = { ...nobody, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' } }
  // Not synchronously: what it asks may be a proxy of this process.
  await make(join(realpathSync(program), '..'), data, options)
  const address = (name: string) => `postgresql://test@127.0.0.1:${port}/${name}`
  let child: ChildProcess | null = null
  let made = 0

  const server: PostgresqlServer = {
    port,
    ask: (sql) => asking(address('postgres'), sql),

    replicate: (from = port) => {
      const source = ['-h', '127.0.0.1', '-p', `${from}`, '-U', 'test']
      const way = ['-X', 'stream', '-R', '-c', 'fast', '--no-sync']
      return start(async (programs, data, options) => {
        const words = ['-D', data, ...source, ...way]
        await promisify(execFile)(join(programs, 'pg_basebackup'), words, options)
      })
    },

    async database({ isEmpty = false, language } = {}) {
      const name = `test${++made}`
      const sorting = language && `TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE '${language}'`
      await asking(address('postgres'), `CREATE DATABASE ${name} ${sorting ?? ''}`)
      if (!isEmpty) await databaseKind(address(name)).migrate(address(name))
      return address(name)
    },

    async start() {
      const settings = [
        'fsync=off',
        'autovacuum=off', // it would read tables and change plans when it likes
        `port=${port}`,
        'listen_addresses=127.0.0.1',
        `unix_socket_directories=${folder}`,
      ]
      const words = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
      child = spawnTied(program, words, { ...options, stdio: 'ignore' })
      for (let attempt = 0; ; attempt++) {
        try {
          await asking(address('postgres'), 'SELECT 1')
          return
        } catch (error) {
          if (attempt === 1200) throw error
          await new Promise((done) => setTimeout(done, 50))
        }
      }
    },

    async kill() {
      if (child === null) return
      const ended = new Promise((done) => child?.once('exit', done))
      child.kill('SIGCONT')
      child.kill('SIGQUIT')
      await ended
      child = null
    },

    // Each connection has a process of its own, and they all belong to the server's.
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),

    async stop() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }

  function signal(name: NodeJS.Signals): void {
    if (!child?.pid) return
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(child.pid)], {
      encoding: 'utf8',
    })
    for (const pid of [child.pid, ...children.trim().split(/\s+/).map(Number)]) {
      try {
        process.kill(pid, name)
      } catch (error) {
        // A connection may have ended since they were listed.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }

  await server.start()
  return server
}

async function asking(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 30_000 })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query(sql).finally(() => client.end())
  return rows as Record<string, unknown>[]
}
