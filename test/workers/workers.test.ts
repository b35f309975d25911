import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { createVisitor, loginDocument } from '../harness.ts'
import { runCommand, startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'

// Several processes of one `serve`: the built program, its processes and its port, as an operator has them.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-workers-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const production = { NODE_ENV: 'production', SECRET_KEY: 'k'.repeat(32) }
const admin = { username: 'admin', password: 'many processes, one port' }
let databases = 0

/** Starts a server with workers on a database of its own, and stops it after the test. */
async function startWorkers(
  settings: Record<string, string> = {},
  place = folder,
  program?: string,
): Promise<ServerProcess> {
  const environment = {
    ...production,
    WORKERS: '2',
    DATABASE_URL: `file:./workers-${databases++}.db`,
    SESSION_COOKIE_SECURE: 'false',
    ADMIN_PASSWORD: admin.password,
    ...settings,
  }
  const server = await startProcess(place, environment, program)
  onTestFinished(() => server.stop())
  return server
}

/** The processes that this one has started and that have not ended. */
function workersOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.trim().split(' ').filter(Boolean).map(Number)
}

/** The primary: `startProcess` may have put a program between that ties it to this run. */
const primaryOf = ({ child }: ServerProcess) => child.pid!

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Lines of its log that say `message`. */
function said({ output }: ServerProcess, message: string): Record<string, unknown>[] {
  const lines = output().split('\n')
  const found = lines.filter((line) => line.startsWith('{') && line.endsWith('}'))
  return found.map((line) => JSON.parse(line)).filter(({ msg }) => msg === message)
}

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on CartSuccess { cart { totalQuantity } } } }'
const total = '{ cart { totalQuantity } }'

/** Opens a stream of the session, and gives all of its text when it ends; `broken off` where it has no end. */
async function openStream(url: string, cookie: string): Promise<{ text: Promise<string> }> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      cookie: `sessionid=${cookie}`,
    },
    body: JSON.stringify({
      query: 'subscription Watch { sessionEvents { __typename ... on SessionEnded { reason } } }',
    }),
  })
  return { text: response.text().catch(() => 'broken off') }
}

/** Writes to its own cart on a connection of its own until `isOver`, and counts what was acknowledged. */
function startWriter(url: string, isOver: () => boolean) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const counts = { acknowledged: 0, refused: 0, broken: 0 }
  let cookie = ''
  const once = () =>
    new Promise<void>((done) => {
      const body = JSON.stringify({ query: add, variables: { sku: 'hat' } })
      const headers = { 'content-type': 'application/json', ...(cookie && { cookie }) }
      const call = request(`${url}/graphql`, { method: 'POST', agent, headers }, (response) => {
        let text = ''
        response.on('data', (chunk) => (text += chunk)).on('error', () => {})
        response.on('close', () => {
          const isWhole = response.complete && response.statusCode === 200
          if (isWhole && text.includes('CartSuccess')) counts.acknowledged++
          else counts[response.complete ? 'refused' : 'broken']++
          cookie = response.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie
          done()
        })
      })
      call.on('error', () => {
        counts.broken++
        done()
      })
      call.end(body)
    })
  const ended = (async () => {
    while (!isOver()) await once()
    agent.destroy()
  })()
  return { counts, ended, cookie: () => cookie.replace('sessionid=', '') }
}

test('a server with two workers answers by both, and prints its address, its warnings and its first user once', async () => {
  const server = await startWorkers({ ADMIN_PASSWORD: '', NODE_ENV: '', SESION_COOKIE_AGE: '5' })
  const workers = workersOf(primaryOf(server))
  expect(workers).toHaveLength(2)
  const text = server.output()
  for (const once of ['GraphiQL:', 'First staff user:', 'serving', 'SESION_COOKIE_AGE'])
    expect([once, text.split(once).length - 1]).toEqual([once, 1])
  expect(text.split('migration applied').length).toBeGreaterThan(1)
})

test('each line of a request has the pid of the worker that answered, and both answer', async () => {
  const server = await startWorkers()
  const once = () =>
    fetch(`${server.url}/graphql?query={__typename}`, { headers: { connection: 'close' } })
  const answering = async () => {
    await Promise.all(Array.from({ length: 20 }, once))
    return [...new Set(said(server, 'request').map(({ pid }) => pid))].sort()
  }
  await expect.poll(answering).toEqual(workersOf(primaryOf(server)).sort())
})

test(
  'a login, the throttle and a revocation hold whichever worker answers',
  { tags: ['G1'] },
  async () => {
    const server = await startWorkers()
    const endpoint = `${server.url}/graphql`
    const anew = (cookie: string | null = null) => {
      const visitor = createVisitor(endpoint, 'sessionid', cookie)
      const { send } = visitor
      // A new connection for each request, which any worker may take.
      return Object.assign(visitor, {
        send: ((query, variables) =>
          send.call(visitor, query, variables, { connection: 'close' })) as typeof send,
      })
    }
    const user = anew()
    expect((await user.data(loginDocument, admin)).login.__typename).toBe('LoginSuccess')
    for (let at = 0; at < 4; at++)
      expect((await user.data('{ me { username } }')).me).toEqual({ username: 'admin' })
    const stolen = anew(user.cookie)
    await user.data('mutation { logout { __typename } }')
    for (let at = 0; at < 4; at++) expect((await stolen.data('{ me { id } }')).me).toBeNull()

    const began = performance.now()
    const codes: string[] = []
    for (let at = 0; at < 12; at++) {
      const guess = { username: 'admin', password: `wrong guess ${at}` }
      codes.push((await anew().data(loginDocument, guess)).login.code)
    }
    // The first delays, of one second and of two, may have ended meanwhile.
    const delaysOver = Math.floor(Math.log2((performance.now() - began) / 1000 + 1))
    const checked = codes.filter((code) => code === 'INVALID_CREDENTIALS').length
    expect(checked).toBeGreaterThanOrEqual(5)
    expect(checked).toBeLessThanOrEqual(5 + delaysOver)
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(12 - checked)
  },
)

test('the streams of a session end on every worker at its logout, where they look by themselves once an hour', async () => {
  const server = await startWorkers({ SESSION_RECHECK_INTERVAL: '3600' })
  const workers = new Set<unknown>()
  // Which worker takes a connection is up to the system.
  for (let round = 0; round < 20 && workers.size < 2; round++) {
    const user = createVisitor(`${server.url}/graphql`, 'sessionid', null)
    await user.data(loginDocument, admin)
    const cookie = user.cookie!
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => openStream(server.url, cookie)),
    )
    await user.data('mutation { logout { __typename } }')
    for (const { text } of streams) expect(await text).toContain('LOGOUT')
    for (const { pid, operation } of said(server, 'request'))
      if (operation === 'Watch') workers.add(pid)
  }
})

test('a worker that is killed under traffic is replaced, the others answer meanwhile, and no acknowledged write is lost', async () => {
  const server = await startWorkers()
  const primary = primaryOf(server)
  let isOver = false
  const writers = Array.from({ length: 8 }, () => startWriter(server.url, () => isOver))
  await sleep(300)
  const [victim] = workersOf(primary)
  process.kill(victim!, 'SIGKILL')
  await expect
    .poll(() => said(server, 'a worker serves').length, { timeout: 60_000 })
    .toBeGreaterThan(0)
  await sleep(200)
  isOver = true
  await Promise.all(writers.map(({ ended }) => ended))
  expect(workersOf(primary)).toHaveLength(2)
  expect(workersOf(primary)).not.toContain(victim)
  for (const { counts, cookie } of writers) {
    expect(counts.refused).toBe(0)
    const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', cookie() || null)
    const { cart } = await visitor.data(total)
    // A write whose answer broke off may have been stored.
    expect(cart.totalQuantity).toBeGreaterThanOrEqual(counts.acknowledged)
    expect(cart.totalQuantity).toBeLessThanOrEqual(counts.acknowledged + counts.broken)
  }
  const broken = writers.reduce((sum, { counts }) => sum + counts.broken, 0)
  expect(broken).toBeLessThanOrEqual(writers.length) // one on each connection, at most
})

test('SIGTERM to one worker has it replaced without a request that fails, and /ready stays 200', async () => {
  const server = await startWorkers({ SHUTDOWN_DELAY: '1' })
  const primary = primaryOf(server)
  let isOver = false
  const states = new Set<number>()
  const watching = (async () => {
    while (!isOver) states.add((await fetch(`${server.url}/ready`)).status)
  })()
  const writers = Array.from({ length: 6 }, () => startWriter(server.url, () => isOver))
  await sleep(300)
  const [leaving] = workersOf(primary)
  process.kill(leaving!, 'SIGTERM')
  await expect.poll(() => isAlive(leaving!), { timeout: 60_000 }).toBe(false)
  isOver = true
  await Promise.all([watching, ...writers.map(({ ended }) => ended)])
  expect([...states]).toEqual([200])
  for (const { counts } of writers) expect(counts).toMatchObject({ refused: 0, broken: 0 })
  expect(workersOf(primary)).toHaveLength(2)
  // The primary may say it a moment after the worker has gone.
  await expect
    .poll(() => said(server, 'a worker has ended')[0])
    .toMatchObject({ worker: leaving, code: 0 })
})

test('a worker that takes the place of another is of the build that its server was started with, wherever the link leads by then', async () => {
  const [link, program] = [join(folder, 'current'), join(folder, 'current', 'dist', 'main.js')]
  symlinkSync(resolve('.'), link)
  const server = await startWorkers({}, folder, program)
  rmSync(link)
  symlinkSync(folder, link) // where no build is
  const [leaving] = workersOf(primaryOf(server))
  process.kill(leaving!, 'SIGKILL')
  await expect.poll(() => said(server, 'a worker serves').length, { timeout: 60_000 }).toBe(1)
})

test('a worker that takes the place of another has the settings that its server was started with, whatever the config file says by then', async () => {
  const place = mkdtempSync(join(folder, 'edited-'))
  const file = join(place, 'coatcheck.config.mjs')
  const name = (cookie: string) =>
    writeFileSync(file, `export default { settings: { cookie: { name: '${cookie}' } } }`)
  name('first')
  const server = await startWorkers({}, place)
  name('second')
  const olds = workersOf(primaryOf(server))
  for (const [at, old] of olds.entries()) {
    process.kill(old, 'SIGTERM')
    const served = () => said(server, 'a worker serves').length
    await expect.poll(served, { timeout: 60_000 }).toBe(at + 1)
    await expect.poll(() => isAlive(old), { timeout: 60_000 }).toBe(false)
  }
  const visitor = createVisitor(`${server.url}/graphql`, 'first', null)
  await visitor.data(add, { sku: 'umbrella' })
  expect(visitor.cookie).toBeTruthy()
})

test('a worker that takes the place of another opens the cookies of its fellows, though the secret that the first start made is gone from the disk', async () => {
  const place = mkdtempSync(join(folder, 'no-secret-'))
  const settings = { NODE_ENV: '', SECRET_KEY: '', SESSION_ENGINE: 'signed-cookies' }
  const server = await startWorkers(settings, place)
  const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', null)
  await visitor.data(add, { sku: 'umbrella' })
  rmSync(join(place, 'secret-key'))
  const olds = workersOf(primaryOf(server))
  for (const [at, old] of olds.entries()) {
    process.kill(old, 'SIGTERM')
    const served = () => server.output().split('a worker serves').length - 1
    await expect.poll(served, { timeout: 60_000 }).toBe(at + 1)
    await expect.poll(() => isAlive(old), { timeout: 60_000 }).toBe(false)
  }
  expect(await visitor.data(total)).toEqual({ cart: { totalQuantity: 1 } })
})

test('SIGTERM to the primary drains all workers: streams break off, no acknowledged write is lost, and it exits with 0', async () => {
  const settings = { DATABASE_URL: 'file:./drained.db', SHUTDOWN_DELAY: '1' }
  const server = await startWorkers(settings)
  const primary = primaryOf(server)
  const workers = workersOf(primary)
  let isOver = false
  const writers = Array.from({ length: 8 }, () => startWriter(server.url, () => isOver))
  await expect.poll(() => writers.every(({ counts }) => counts.acknowledged > 0)).toBe(true)
  const streams = await Promise.all(writers.map(({ cookie }) => openStream(server.url, cookie())))
  server.child.kill('SIGTERM')
  await expect.poll(() => writers.every(({ counts }) => counts.broken > 0)).toBe(true)
  isOver = true
  await Promise.all(writers.map(({ ended }) => ended))
  expect(await server.ended).toBe(0)
  expect(await Promise.all(streams.map(({ text }) => text))).toEqual(
    streams.map(() => 'broken off'),
  )
  expect(workers.filter(isAlive)).toEqual([])

  const again = await startWorkers(settings)
  for (const { counts, cookie } of writers) {
    const visitor = createVisitor(`${again.url}/graphql`, 'sessionid', cookie())
    expect((await visitor.data(total)).cart.totalQuantity).toBe(counts.acknowledged)
  }
})

test('SIGTERM to all processes of a group drains the workers and starts none in their places', async () => {
  const server = await startWorkers({ SHUTDOWN_DELAY: '1' })
  const workers = workersOf(primaryOf(server))
  for (const worker of workers) process.kill(worker, 'SIGTERM')
  // The worst order: each worker has taken its leave before the primary has the signal.
  await expect
    .poll(() =>
      said(server, 'stopping')
        .map(({ pid }) => pid)
        .sort(),
    )
    .toEqual(workers.sort())
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  const pids = new Set(said(server, 'a worker has ended').map(({ worker }) => worker))
  expect([...pids].sort()).toEqual(workers)
})

test('one of two workers takes as many connections as HTTP_MAX_CONNECTIONS says, where the system gives it all of them', async () => {
  const server = await startWorkers({ HTTP_MAX_CONNECTIONS: '10' })
  const [stopped] = workersOf(primaryOf(server))
  process.kill(stopped!, 'SIGSTOP')
  const { hostname, port } = new URL(server.url)
  const open = new Set<Socket>()
  onTestFinished(() => open.forEach((socket) => socket.destroy()))
  for (let at = 0; at < 10; at++) {
    const socket = connect(Number(port), hostname).on('error', () => {})
    open.add(socket.once('close', () => open.delete(socket)))
    socket.write(`GET /ready HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`)
    await new Promise((done) => socket.once('data', done))
  }
  expect(open.size).toBe(10)
  process.kill(stopped!, 'SIGCONT')
})

test('a worker that the system has no files left to start is tried again until it can, and the other serves meanwhile', async ({
  skip,
}) => {
  skip(process.platform !== 'linux', 'prlimit is of Linux')
  const server = await startWorkers()
  const primary = primaryOf(server)
  const limit = (files: string) => execFileSync('prlimit', ['--pid', `${primary}`, files])
  limit('--nofile=1:')
  const [victim] = workersOf(primary)
  process.kill(victim!, 'SIGKILL')
  const failed = () =>
    said(server, 'a worker has ended, another takes its place').filter(({ err }) => err)
  // More often than workers may end as soon as they start.
  await expect.poll(() => failed().length, { timeout: 60_000 }).toBeGreaterThan(4)
  expect(failed()[0]).toMatchObject({ err: { code: 'EMFILE' } })
  expect((await fetch(`${server.url}/ready`)).status).toBe(200)
  limit('--nofile=1024:')
  await expect.poll(() => said(server, 'a worker serves').length, { timeout: 60_000 }).toBe(1)
  expect(workersOf(primary)).toHaveLength(2)
})

test('a primary whose workers had all died at once still waits for those that took their places', async () => {
  const server = await startWorkers({ SHUTDOWN_DELAY: '1' })
  const primary = primaryOf(server)
  for (const pid of workersOf(primary)) process.kill(pid, 'SIGKILL')
  const serving = () => said(server, 'a worker serves').length
  await expect.poll(serving, { timeout: 60_000 }).toBeGreaterThanOrEqual(2)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(0)
  const lines = server.output().split('\n')
  const last = lines.findLast((line) => line.includes(`"pid":${primary},`))
  expect(JSON.parse(last!)).toMatchObject({ msg: 'stopped' })
})

test('a second signal to the primary ends it and its workers at once', async () => {
  const server = await startWorkers({ SHUTDOWN_DELAY: '30' })
  const workers = workersOf(primaryOf(server))
  server.child.kill('SIGTERM')
  await expect.poll(() => said(server, 'stopping').length).toBeGreaterThan(0)
  server.child.kill('SIGTERM')
  expect(await server.ended).toBe(1)
  await expect.poll(() => workers.filter(isAlive)).toEqual([])
})

test('workers whose primary was killed finish what is under way and end, without SHUTDOWN_DELAY', async () => {
  const server = await startWorkers({ SHUTDOWN_DELAY: '60' })
  const workers = workersOf(primaryOf(server))
  process.kill(primaryOf(server), 'SIGKILL')
  await expect.poll(() => workers.filter(isAlive), { timeout: 40_000 }).toEqual([])
  // What they printed last may be read a moment after they have gone.
  await expect
    .poll(() => said(server, 'stopping').map(({ signal }) => signal))
    .toEqual(['the primary is gone', 'the primary is gone'])
})

test('a first worker that cannot start ends the command, with the sentence that says why', async () => {
  const started = performance.now()
  const { code, errors } = await runCommand(folder, ['serve'], {
    ...production,
    WORKERS: '3',
    PORT: `${await freePort()}`,
    DATABASE_URL: 'file:/proc/no/such/folder.db',
  })
  expect(code).toBe(4) // as with one process
  expect(errors).toContain('DATABASE_URL: /proc/no/such/folder.db cannot be used')
  expect(errors.split('cannot be used').length - 1).toBe(1)
  expect(errors).toContain('No worker could start')
  expect(performance.now() - started).toBeLessThan(60_000)
})

test('workers that end as soon as they serve end the command after a few more starts', async () => {
  const server = await startWorkers()
  const killing = setInterval(killWorkers, 50)
  onTestFinished(() => clearInterval(killing))
  function killWorkers() {
    try {
      for (const pid of workersOf(primaryOf(server))) process.kill(pid, 'SIGKILL')
    } catch (error) {
      // Either may have gone since: the worker, or the primary that had listed it.
      if (!['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  expect(await server.ended).toBe(1)
  expect(server.output()).toContain('Every worker ends as soon as it starts')
})

test('workers that fail by a fault of their own as soon as they start end the command after a few more starts', async () => {
  const own = mkdtempSync(join(folder, 'failing-'))
  const fault = join(own, 'fault')
  writeFileSync(
    join(own, 'coatcheck.config.mjs'),
    `import { existsSync } from 'node:fs'
     const fail = () => { throw new Error('a fault of the config file') }
     const look = () => existsSync(${JSON.stringify(fault)}) && fail()
     if (process.argv.includes('worker')) setInterval(look, 50).unref()
     export default {}`,
  )
  const server = await startWorkers({}, own)
  writeFileSync(fault, '')
  const late = sleep(60_000, 'still running', { ref: false })
  expect(await Promise.race([server.ended, late])).toBe(1)
  expect(server.output()).toContain('Every worker ends as soon as it starts')
})

test('WORKERS that is no number is refused by its name, and a worker is started by no person', async () => {
  const wrong = await runCommand(folder, ['serve'], { ...production, WORKERS: 'all' })
  expect([wrong.code, wrong.errors]).toEqual([
    3,
    expect.stringContaining('WORKERS: A whole number from 1 to 99, or auto.'),
  ])
  const alone = await runCommand(folder, ['worker'], production)
  expect([alone.code, alone.errors]).toEqual([1, expect.stringContaining('"coatcheck serve"')])
})
