import { execFileSync, spawn } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'

/** A program that a row needs is not there. */
export class Missing extends Error {}

/** A Redis that keeps nothing on disk. `Missing` where it is not installed. */
export async function startRedis() {
  const program = find('redis-server')
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-bench-redis-'))
  const words = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const server = run(program, words, folder)
  await untilListening(port)
  return { url: `redis://127.0.0.1:${port}`, pid: server.pid, stop: server.stop }
}

/**
 * A PostgreSQL with a database of no tables, and its usual settings. `Missing` where it is not installed. It will not run
 * as root, so there it runs as the system's user "nobody". `more` are settings, and `log` is a file that gets what it says. `keep` names a folder that outlives it: what is there already,
 * it has again.
 */
export async function startPostgresql({ keep, more = [], log } = {}) {
  const program = findPostgres()
  const port = await freePort()
  const folder = keep ?? mkdtempSync(join(tmpdir(), 'coatcheck-bench-pg-'))
  mkdirSync(folder, { recursive: true })
  const nobody = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (nobody.uid) chownSync(folder, nobody.uid, nobody.gid)
  const options = { ...nobody, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } }
  const data = join(folder, 'data')
  const making = ['-D', data, '-U', 'bench', '-A', 'trust', '--no-sync', '-E', 'UTF8']
  if (!existsSync(data))
    execFileSync(join(program, '..', 'initdb'), making, { ...options, stdio: 'ignore' })
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${folder}`,
    ...more,
  ]
  const words = ['-D', data, ...settings.flatMap((setting) => ['-c', setting])]
  const stdio = ['ignore', 'ignore', log === undefined ? 'ignore' : openSync(log, 'a')]
  const server = run(
    program,
    words,
    keep === undefined ? folder : null,
    { ...options, stdio },
    'SIGINT',
  )
  const url = `postgresql://bench@127.0.0.1:${port}/postgres`
  await ready(async () => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
    client.on('error', () => {})
    await client.connect()
    await client.end()
  })
  return { url, pid: server.pid, stop: server.stop }
}

/** Where PostgreSQL's server is: in PATH, or where Debian has it. `Missing` where it is not installed. */
export function findPostgres() {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root) : []
  return find(
    'postgres',
    versions.map((version) => join(root, version, 'bin')),
  )
}

/** Where a program is: in PATH, or in one of `folders`. `Missing` where it is in none. */
export function find(program, folders = []) {
  const places = [...(process.env.PATH ?? '').split(delimiter), ...folders]
  const found = places.map((place) => join(place, program)).find((path) => existsSync(path))
  if (found === undefined) throw new Missing(`${program} is not installed`)
  return found
}

/** Starts it. What stops it removes `folder` too, unless that is null. */
function run(program, words, folder, options = {}, signal = 'SIGTERM') {
  const child = spawn(program, words, { stdio: 'ignore', ...options })
  const ended = new Promise((done) => child.once('close', done))
  return {
    pid: child.pid,
    async stop() {
      child.kill(signal)
      await ended
      if (folder !== null) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A port that no server listens on. */
export function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

/** Waits until a server accepts connections on `port` of this machine, for half a minute at most. */
export function untilListening(port) {
  return ready(
    () =>
      new Promise((done, fail) => {
        const socket = connect(port, '127.0.0.1', () => {
          socket.destroy()
          done()
        })
        socket.once('error', fail)
      }),
  )
}

/** Asks until it is answered, for half a minute at most. */
export async function ready(ask) {
  for (let tries = 0; ; tries++) {
    try {
      return await ask()
    } catch (error) {
      if (tries === 600) throw error
      await sleep(50)
    }
  }
}
