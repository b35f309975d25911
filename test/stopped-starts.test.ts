import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import { runCommand, spawnProgram } from './process.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-stopped-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const production = { NODE_ENV: 'production', SECRET_KEY: 'k'.repeat(32), PORT: '0' }

/** Starts a server, sends it SIGTERM once its start `hangs`, and gives its exit code and what it logged. */
async function stopWhileItStarts(
  environment: Record<string, string>,
  hangs: () => Promise<unknown>,
) {
  const child = spawnProgram(folder, ['serve'], { ...production, ...environment })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const closed = once(child, 'close')
  await hangs()
  child.kill('SIGTERM')
  const [code] = (await closed) as [number | null]
  return { code, output }
}

test.each(['1', '2'])(
  'SIGTERM ends a start that waits for a database which says nothing, in order, with WORKERS=%s',
  async (WORKERS) => {
    const held: Socket[] = []
    const silent = createServer((socket) => {
      held.push(socket)
      socket.on('error', () => {})
    })
    onTestFinished(() => {
      for (const socket of held) socket.destroy()
      silent.close()
    })
    await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening))
    const { port } = silent.address() as AddressInfo
    const DATABASE_URL = `postgresql://ada:secret@127.0.0.1:${port}/shop`
    const asked = () => expect.poll(() => held.length, { timeout: 20_000 }).toBeGreaterThan(0)
    const { code, output } = await stopWhileItStarts({ DATABASE_URL, WORKERS }, asked)
    expect(output).toContain('"msg":"stopped before it served"')
    expect(output).not.toContain('cannot be used')
    expect(code).toBe(0)
  },
)

test.skipIf(postgresqlProgram === null)(
  'SIGTERM ends a start that waits for a lock of another program in PostgreSQL, in order',
  async () => {
    const postgresql = await startPostgresql()
    onTestFinished(() => postgresql.stop())
    const DATABASE_URL = await postgresql.database()
    await runCommand(folder, ['migrate'], { ...production, DATABASE_URL })
    const holder = new Client({ connectionString: DATABASE_URL })
    await holder.connect()
    onTestFinished(() => holder.end())
    await holder.query('BEGIN; LOCK TABLE "User"')
    const waiting = async () => {
      const { rows } = await holder.query('SELECT 1 FROM pg_locks WHERE NOT granted')
      return rows.length
    }
    const ADMIN_PASSWORD = 'a password of this test alone'
    const environment = { DATABASE_URL, ADMIN_USERNAME: 'chief', ADMIN_PASSWORD }
    const locked = () => expect.poll(waiting, { timeout: 20_000 }).toBeGreaterThan(0)
    const { code, output } = await stopWhileItStarts(environment, locked)
    expect(output).toContain('"msg":"stopped before it served"')
    expect(code).toBe(0)
  },
)
