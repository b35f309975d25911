import { connect as dial, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { openBus } from '../../src/bus/open.ts'
import { databaseKind } from '../../src/database/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

/** A way to the PostgreSQL of `url` that answers each LISTEN by an error of the SQLSTATE `code`, or hangs up where that is null. */
async function startRefusing(url: string, code: string | null) {
  const address = new URL(url)
  const { hostname, port } = address
  const sockets = new Set<Socket>()
  const state = { isRefusing: true }
  const proxy = createServer((near) => {
    const far = dial(Number(port), hostname)
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => (near.destroy(), far.destroy()))
    }
    near.on('data', (chunk) => {
      if (!state.isRefusing || !chunk.includes('LISTEN ')) return void far.write(chunk)
      if (code === null) return void near.destroy()
      const fields = Buffer.from(`SERROR\0VERROR\0C${code}\0MLISTEN is not allowed here\0\0`)
      const head = Buffer.alloc(5, 'E')
      head.writeInt32BE(fields.length + 4, 1)
      near.write(Buffer.concat([head, fields, Buffer.from([90, 0, 0, 0, 5, 73])]))
    })
    far.on('data', (chunk) => near.write(chunk))
  })
  await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((done) => proxy.close(done))
  })
  address.port = String((proxy.address() as AddressInfo).port)
  return { url: address.href, state }
}

describe.skipIf(postgresqlProgram === null || redisProgram === null)(
  'the bus before a proxy that refuses LISTEN',
  () => {
    let postgresql: PostgresqlServer
    let redis: RedisServer
    beforeAll(async () => {
      postgresql = await startPostgresql()
      redis = await startRedis()
    })
    afterAll(async () => {
      await redis?.stop()
      await postgresql?.stop()
    })

    test.each<[string, string | null]>([
      ['answers LISTEN by SQLSTATE 42501', '42501'],
      ['answers LISTEN by SQLSTATE XX000', 'XX000'],
      ['hangs up at a LISTEN', null],
    ])(
      'where a proxy before PostgreSQL %s, Redis carries the bus, and PostgreSQL once the proxy lets LISTEN through',
      async (_what, code) => {
        const { url, state } = await startRefusing(await postgresql.database(), code)
        const db = await databaseKind(url).open(url, {})
        const bus = openBus({
          databaseUrl: url,
          cacheUrl: redis.url,
          statements: db.statements,
          listens: true,
          streams: { publishMany: () => {}, recheck: () => {} },
          recheckInterval: 15,
          watchesFile: false,
          now: Date.now,
          log: { warn: () => {} },
          retryEvery: 500,
        })
        onTestFinished(async () => {
          await bus.close()
          await db.$disconnect()
        })
        const isOn = (kind: string) =>
          vi.waitUntil(() => bus.kind === kind && bus.state.isUp, 60_000)
        await isOn('redis')
        state.isRefusing = false
        await isOn('postgresql')
        expect(bus.state.dropped).toBe(0)
      },
    )
  },
)
