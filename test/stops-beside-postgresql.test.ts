import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createVisitor } from './harness.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import type { PostgresqlServer } from './postgresql-server.ts'
import { startProcess } from './process.ts'
import { spawnTied } from './tied.ts'

const add = 'mutation { addCartItem(input: { sku: "A-1" }) { __typename } }'

describe.skipIf(postgresqlProgram === null)('PostgreSQL that has stopped answering', () => {
  let folder: string
  let postgresql: PostgresqlServer
  let url: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-stops-'))
    postgresql = await startPostgresql()
    url = `${await postgresql.database()}?connect_timeout=600` // no stop may wait for that
  })
  afterAll(async () => {
    await postgresql.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Lets PostgreSQL hang until the test is over. */
  function hang(): void {
    postgresql.pause()
    onTestFinished(() => postgresql.resume())
  }

  /** Starts a server whose pool and bus have connections. */
  async function serve(WORKERS: string) {
    const settings = { DATABASE_URL: url, WORKERS, SESSION_STORE_TIMEOUT: '5000' }
    const server = await startProcess(folder, settings)
    onTestFinished(() => void server.child.kill('SIGKILL'))
    const visit = () => createVisitor(`${server.url}/graphql`, 'sessionid', null).data(add)
    await Promise.all([visit(), visit(), visit(), visit()])
    return { server, visit }
  }

  test.each(['1', '2'])(
    'SIGTERM ends a server whose PostgreSQL hangs, in order, with WORKERS=%s',
    async (WORKERS) => {
      const { server } = await serve(WORKERS)
      hang()
      server.child.kill('SIGTERM')
      expect(await server.ended).toBe(0)
      expect(server.output()).toMatch(/INFO: stopped/)
    },
  )

  test('SIGTERM ends a server that waits for a PostgreSQL which hangs on behalf of a visitor, in order', async () => {
    const { server, visit } = await serve('1')
    hang()
    const answer = visit().catch((error: unknown) => error)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
    expect(await answer).toBeInstanceOf(Error)
  })

  test('coat.close() resolves while PostgreSQL hangs, and the process of the host then ends by itself', async () => {
    const file = join(folder, 'host.mjs')
    const index = pathToFileURL(resolve('dist/index.js')).href
    writeFileSync(
      file,
      `import { createApp } from '${index}'
      const coat = await createApp({ settings: { databaseUrl: '${url}' } })
      await Promise.all([1, 2, 3].map(() => coat.users.find({ username: 'ada' })))
      process.once('SIGTERM', async () => {
        await coat.close()
        console.log('closed')
      })
      console.log('open')`,
    )
    const env = { PATH: process.env['PATH'] ?? '' }
    const host = spawnTied(process.execPath, [file], {
      cwd: folder,
      env,
    }) as ChildProcessWithoutNullStreams
    onTestFinished(() => void host.kill('SIGKILL'))
    let output = ''
    for (const stream of [host.stdout, host.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const ended = once(host, 'close')
    await expect.poll(() => output, { timeout: 20_000 }).toBe('open\n')
    hang()
    host.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    expect(output).toBe('open\nclosed\n')
  })
})
