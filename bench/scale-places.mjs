import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { fillPostgresql, fillRedis, fillSqlite } from './scale-fill.mjs'
import { find, findPostgres, freePort, ready, untilListening } from './services.mjs'
import { openServer } from './setting.mjs'

/** Where what has been filled is kept, for a later measurement too. Its servers go on running: `-- scale remove` ends them, and removes all of it. */
export const folder = resolve(process.env.SCALE_FOLDER ?? join(tmpdir(), 'coatcheck-scale'))

/** As an operator sets PostgreSQL up on a machine of 24 GB that does other work as well. */
const settings = ['shared_buffers=2GB', 'max_wal_size=8GB', 'max_connections=100']

/** Nothing is written twice while tables are filled, and PostgreSQL allows that only where it sends its log to no other. */
const filling = ['wal_level=minimal', 'max_wal_senders=0', 'archive_mode=off', 'fsync=off']

/**
 * A place with `size` sessions of `engine`, filled where it was not yet: the settings of a server for it, and how long the
 * filling took. SQLite keeps them in a file; PostgreSQL has a cluster for each size; Redis keeps records, beside the rows in
 * PostgreSQL of those who are signed in.
 */
export async function placeOf(engine, size) {
  mkdirSync(folder, { recursive: true })
  const name = `${engine}-${size}`
  const mark = join(folder, `${name}.json`)
  const known = existsSync(mark) ? JSON.parse(readFileSync(mark, 'utf8')) : null
  const isNew = known === null
  const path = join(folder, `${name}.db`)
  const database =
    engine === 'sqlite' ? `file:${path}` : await startPostgresql(`${name}-pg`, isNew ? filling : [])
  const cache = engine === 'redis' ? await startRedis(`${name}-redis`) : null
  const environment = {
    DATABASE_URL: database,
    SESSION_COOKIE_AGE: '1209600',
    GRAPHQL_TIMEOUT: '20',
    TRUST_PROXY: '1',
    ...(cache && { SESSION_ENGINE: 'cache', CACHE_URL: cache }),
  }
  const place = { name, engine, size, path, database, cache, environment }
  if (!isNew) return { ...place, ...known }
  const now = Date.now()
  const options = { size, now, hasRecords: cache === null, ...(await templates()) }
  const env = { PATH: process.env.PATH, DATABASE_URL: database }
  execFileSync(process.execPath, [resolve('dist/main.js'), 'migrate'], { env, stdio: 'ignore' })
  const begun = performance.now()
  if (engine === 'sqlite') fillSqlite(path, options)
  else await fillPostgresql(database, options)
  if (cache) await fillRedis(cache, options)
  const made = {
    now,
    seconds: Math.round((performance.now() - begun) / 1000),
    record: sizeOf(options),
  }
  if (engine !== 'sqlite') await stopPostgresql(`${name}-pg`)
  writeFileSync(mark, JSON.stringify(made))
  return placeOf(engine, size)
}

const sizeOf = ({ templates: { user } }) => Buffer.byteLength(JSON.stringify(user))

const addTwo =
  'mutation { a: addCartItem(input: { sku: "hat-blue-57", quantity: 2 }) { __typename } b: addCartItem(input: { sku: "scarf-wool", quantity: 1 }) { __typename } updatePreferences(input: { theme: DARK, locale: "de-AT", currency: "EUR" }) { __typename } }'

/** What the server itself stores for a guest and for a user with a cart, and the hash of "chief of the bench". */
async function templates() {
  const { app, url, ask, close } = await openServer()
  await ask(addTwo)
  const own = await ask('{ session { id } }')
  const headers = { 'content-type': 'application/json' }
  const post = async (query, cookie) => {
    const body = JSON.stringify({ query })
    const answer = await fetch(url, { method: 'POST', headers: { ...headers, ...cookie }, body })
    return { ...(await answer.json()), cookie: answer.headers.getSetCookie()[0]?.split(';')[0] }
  }
  const { cookie } = await post(addTwo)
  const guest = (await post('{ session { id } }', { cookie })).data.session.id
  const load = async (id) => {
    const { version: _version, ...record } = await app.settings.store.load(id)
    return record
  }
  const made = { guest: await load(guest), user: await load(own.session.id) }
  const [{ passwordHash: hash }] = await app.db.user.findMany({ take: 1 })
  await close()
  return { templates: made, hash }
}

/** Starts a cluster of `folder`, made where it is not there, unless it runs already. It will not run as root. */
async function startPostgresql(name, more) {
  const data = join(folder, name)
  const running = urlIn(data)
  if (running && (await answers(running))) return running
  const program = findPostgres()
  const nobody = userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const options = { ...nobody, cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } }
  if (!existsSync(data)) {
    mkdirSync(data)
    if (nobody.uid) chownSync(data, nobody.uid, nobody.gid)
    const making = ['-D', data, '-U', 'bench', '-A', 'trust', '--no-sync', '-E', 'UTF8']
    execFileSync(join(program, '..', 'initdb'), making, { ...options, stdio: 'ignore' })
  }
  const port = await freePort()
  const words = [`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${data}`]
  const given = [...words, ...settings, ...more].flatMap((setting) => ['-c', setting])
  spawn(program, ['-D', data, ...given], { ...options, detached: true, stdio: 'ignore' }).unref()
  const url = `postgresql://bench@127.0.0.1:${port}/postgres`
  await ready(async () => {
    if (!(await answers(url))) throw new Error(`${url} does not answer`)
  })
  return url
}

async function answers(url) {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

/** PostgreSQL's own note of where it listens. */
function urlIn(data) {
  const note = join(data, 'postmaster.pid')
  if (!existsSync(note)) return null
  return `postgresql://bench@127.0.0.1:${readFileSync(note, 'utf8').split('\n')[3]}/postgres`
}

async function stopPostgresql(name) {
  const note = join(folder, name, 'postmaster.pid')
  if (!existsSync(note)) return
  process.kill(Number(readFileSync(note, 'utf8').split('\n')[0]), 'SIGINT')
  while (existsSync(note)) await new Promise((done) => setTimeout(done, 100))
}

/** Starts a Redis that keeps nothing on disk, unless it runs already: its memory is what has been filled. */
async function startRedis(name) {
  const note = join(folder, name)
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')).url
  const program = find('redis-server')
  const port = await freePort()
  const words = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn(program, words, { detached: true, stdio: 'ignore' })
  child.unref()
  await untilListening(port)
  const url = `redis://127.0.0.1:${port}`
  writeFileSync(note, JSON.stringify({ pid: child.pid, url }))
  return url
}

/** The processes of a place beside the server: PostgreSQL's first one, and Redis. */
export function pidsOf({ name }) {
  const notes = [join(folder, `${name}-pg`, 'postmaster.pid'), join(folder, `${name}-redis`)]
  const [postgresql, redis] = notes.map((note) => existsSync(note) && readFileSync(note, 'utf8'))
  return [
    ...(postgresql ? [Number(postgresql.split('\n')[0])] : []),
    ...(redis ? [JSON.parse(redis).pid] : []),
  ]
}

/** Ends what runs in the folder, and removes all of it. */
export async function removePlaces(names) {
  for (const name of names) {
    await stopPostgresql(`${name}-pg`)
    const note = join(folder, `${name}-redis`)
    if (existsSync(note)) process.kill(JSON.parse(readFileSync(note, 'utf8')).pid)
    for (const end of ['.db', '.db-wal', '.db-shm', '-pg', '-redis', '.json'])
      rmSync(join(folder, `${name}${end}`), { recursive: true, force: true })
  }
}
