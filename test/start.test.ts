import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { fixed } from '../src/config/settings.ts'
import { freePort } from './free-port.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { runCommand, startProcess } from './process.ts'
import { redisProgram, startRedis } from './redis-server.ts'

// What an operator sees of the built program that cannot start, or whose log no reader takes.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-start-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const production = { NODE_ENV: 'production', SECRET_KEY: 'k'.repeat(32), PORT: '0' }

/** Runs `serve` to its end, which must be soon. */
async function serve(environment: Record<string, string>) {
  const { code, errors } = await runCommand(folder, ['serve'], { ...production, ...environment })
  return { code, errors }
}

test(
  'the start lists the faults of settings, engine, backends and mistyped names together',
  { tags: ['K9'] },
  async () => {
    const { code, errors } = await serve({
      PORT: 'http',
      SESSION_ENGINE: './missing.mjs',
      AUTHENTICATION_BACKENDS: 'password,./neither.mjs',
      ALLOWED_ORIGIN: 'https://shop.example',
      HTTP_MAX_HEADER_SIZE: '65536',
    })
    expect(code).toBe(3)
    expect(errors.trim().split('\n')).toEqual([
      'The configuration cannot be used:',
      expect.stringMatching(/^ {2}PORT: /),
      expect.stringMatching(/^ {2}SESSION_ENGINE: .*missing.mjs/),
      expect.stringMatching(/^ {2}AUTHENTICATION_BACKENDS: .*neither.mjs/),
      expect.stringMatching(/^ {2}ALLOWED_ORIGIN .*ALLOWED_ORIGINS\?$/),
      expect.stringMatching(/^ {2}HTTP_MAX_HEADER_SIZE is no longer a setting/),
    ])
  },
)

test('a server that is started with variables that are no longer settings serves, and warns of each', async () => {
  const server = await startProcess(folder, {
    ...production,
    DATABASE_URL: 'file:./f.db',
    ...Object.fromEntries(fixed.map(({ name }) => [name, '1'])),
  })
  await server.stop()
  const warnings = server.output().match(/"msg":"[A-Z_]+ is no longer a setting/g) ?? []
  expect(warnings.map((line) => line.slice('"msg":"'.length).split(' ')[0])).toEqual(
    fixed.map(({ name }) => name),
  )
})

test('npm start stops its server in order where npm alone is sent SIGTERM', async () => {
  const settings = { DATABASE_URL: `file:${join(folder, 'npm.db')}`, PORT: `${await freePort()}` }
  const npm = spawn('npm', ['start', '--ignore-scripts'], {
    env: { ...process.env, ...production, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const closed = once(npm, 'close') // once no process holds its output any more
  let output = ''
  npm.stdout.on('data', (chunk) => (output += String(chunk)))
  await vi.waitUntil(() => output.includes('"msg":"serving"'), 60_000)
  npm.kill('SIGTERM')
  await closed
  expect(output).toContain('"msg":"stopped"')
})

test.skipIf(redisProgram === null)(
  'with Redis, a start that fails ends the process, whichever part fails',
  { tags: ['K9'] },
  async () => {
    const redis = await startRedis()
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((done) => taken.once('listening', done))
    const { port } = taken.address() as AddressInfo
    const settings = { SESSION_ENGINE: 'cache', CACHE_URL: redis.url }
    const runs = await Promise.all([
      serve({ ...settings, DATABASE_URL: 'file:./a.db', AUTHENTICATION_BACKENDS: './none.mjs' }),
      serve({ ...settings, DATABASE_URL: 'file:./b.db', ADMIN_PASSWORD: 'password123' }),
      serve({ ...settings, DATABASE_URL: 'file:./c.db', PORT: `${port}` }),
    ])
    taken.close()
    await redis.stop()
    expect(runs.map(({ code }) => code)).toEqual([4, 3, 1])
  },
)

test.skipIf(postgresqlProgram === null)(
  'with PostgreSQL, a start that fails ends the process, and names each fault',
  { tags: ['K9'] },
  async () => {
    const server = await startPostgresql()
    const runs = await Promise.all([
      serve({
        DATABASE_URL: await server.database(),
        AUTHENTICATION_BACKENDS: './none.mjs',
        SESSION_ENGINE: './missing.mjs',
      }),
      serve({ DATABASE_URL: await server.database(), ADMIN_PASSWORD: 'password123' }),
    ])
    await server.stop()
    expect(runs.map(({ code }) => code)).toEqual([4, 3])
    expect(runs[0]?.errors).toMatch(/SESSION_ENGINE: [^]*AUTHENTICATION_BACKENDS: /)
  },
)

test(
  'a server serves on when the reader of its log has gone, and drains when its terminal closes',
  { tags: ['K2'] },
  async () => {
    const server = await startProcess(folder, { ...production, DATABASE_URL: 'file:./e.db' })
    server.child.stdout?.destroy()
    const ask = async () => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ query: '{ me { id } }' })
      return (await fetch(`${server.url}/graphql`, { method: 'POST', headers, body })).status
    }
    // Each of them would leave a line.
    for (let at = 0; at < 5; at++) expect(await ask()).toBe(200)
    // Two, as a terminal and its shell send them.
    server.child.kill('SIGHUP')
    server.child.kill('SIGHUP')
    expect(await server.ended).toBe(0)
  },
)
