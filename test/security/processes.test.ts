import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createVisitor } from '../harness.ts'
import { startProcess } from '../process.ts'
import { programOrSkip } from '../programs.ts'
import { redisProgram, startRedis } from '../redis-server.ts'

const prlimit = programOrSkip('prlimit')

/** What comes back for a request; nothing where the connection is closed instead. */
const ask = (socket: Socket) =>
  new Promise<string>((done) => {
    socket.once('data', (chunk: Buffer) => done(chunk.toString())).once('close', () => done(''))
    socket.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
  })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-processes-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

// Shorter than the patience of a server that stops: such a connection is nothing to be patient with.
const soon = 8_000

test.skipIf(redisProgram === null).each([
  ['was answered before', true],
  ['has asked nothing yet', false],
])(
  'a process that was asked to stop ends by itself, though a connection that %s stays open',
  { tags: ['K14'] },
  async (_what, asks) => {
    const redis = await startRedis()
    const settings = { SESSION_ENGINE: 'cached-database', CACHE_URL: redis.url }
    const server = await startProcess(folder, settings)
    try {
      const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', null)
      await visitor.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
      const { hostname, port } = new URL(server.url)
      const idle = connect(Number(port), hostname).on('error', () => {})
      await new Promise((done) => idle.once('connect', done))
      if (asks) expect(await ask(idle)).toMatch(/^HTTP\/1\.1 200/)
      server.child.kill('SIGTERM')
      const late = sleep(soon, 'still running', { ref: false })
      expect(await Promise.race([server.ended, late])).toBe(0)
      idle.destroy()
    } finally {
      server.child.kill('SIGKILL')
      await redis.stop()
    }
  },
)

test.skipIf(prlimit === null)(
  'a process that may open no more files refuses connections, serves those it has, and recovers',
  { tags: ['K10'] },
  async () => {
    const server = await startProcess(folder)
    try {
      const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', null)
      const look = '{ session { keys } }'
      await visitor.data(look)
      const { hostname, port } = new URL(server.url)
      const before = connect(Number(port), hostname).on('error', () => {})
      expect(await ask(before)).toMatch(/^HTTP\/1\.1 200/)

      execFileSync(prlimit!, ['--pid', String(server.child.pid), '--nofile=64:1024'])
      const crowd = Array.from({ length: 200 }, () =>
        connect(Number(port), hostname).on('error', () => {}),
      )
      const answers = await Promise.all(crowd.map(ask))
      expect(answers.filter((answer) => answer === '').length).toBeGreaterThan(100)
      expect(await ask(before)).toMatch(/^HTTP\/1\.1 200/)
      for (const socket of [...crowd, before]) socket.destroy()
      await expect
        .poll(() =>
          visitor.send(look).then(
            ({ status }) => status,
            () => 0,
          ),
        )
        .toBe(200)
      expect(server.child.exitCode).toBeNull()
    } finally {
      await server.stop()
    }
  },
)
