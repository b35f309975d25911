import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { redisProgram, replicated, startRedisCluster } from '../redis-server.ts'
import type { RedisCluster, RedisServer } from '../redis-server.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id } cart { items { sku quantity } } }'
const logout = 'mutation { logout { session { id } } }'

/** A visitor who writes and writes, and what became of each write. */
interface Writer {
  readonly visitor: Visitor
  readonly id: string
  readonly stored: string[]
  readonly refused: string[]
  readonly statuses: Set<number>
}

describe.skipIf(redisProgram === null)(
  'a cluster of Redis that changes while it is written to',
  { meta: { engine: 'a cluster of Redis' } },
  () => {
    let cluster: RedisCluster
    let server: TestServer
    beforeAll(async () => {
      cluster = await startRedisCluster()
      server = await startServer({
        SESSION_ENGINE: 'cache',
        CACHE_URL: cluster.url,
        SESSION_STORE_TIMEOUT: '2000',
      })
    })
    afterAll(async () => {
      await server?.stop()
      await cluster?.stop()
    })

    async function begin(name: string): Promise<Writer> {
      const visitor = server.visitor()
      await visitor.data(add, { sku: `${name}-first` })
      const { session } = await visitor.data(look)
      const stored = [`${name}-first`]
      return { visitor, id: session.id, stored, refused: [], statuses: new Set() }
    }

    /** Writes until `isOver`, eighty lines at most. */
    async function write({ visitor, stored, refused, statuses }: Writer, isOver: () => boolean) {
      for (let at = 0; at < 80 && !isOver(); at++) {
        const sku = `line${at}`
        const { status, data, errors } = await visitor.send(add, { sku })
        statuses.add(status)
        if (data?.addCartItem.__typename === 'CartSuccess') stored.push(sku)
        else if (!/may have been stored/.test(errors?.[0].message)) refused.push(sku)
        await sleep(status === 200 ? 20 : 100)
      }
    }

    /** What was answered as stored is there, once, and what was answered as failed is not. */
    async function expectWhole({ visitor, stored, refused }: Writer): Promise<void> {
      await expect.poll(async () => (await visitor.send(look)).status).toBe(200)
      const { cart } = await visitor.data(look)
      const items: { sku: string; quantity: number }[] = cart.items
      const skus = items.map(({ sku }) => sku)
      expect(skus).toEqual(expect.arrayContaining(stored))
      expect(skus.filter((sku) => refused.includes(sku))).toEqual([])
      expect(items.filter(({ quantity }) => quantity !== 1)).toEqual([])
    }

    const nameOf = async (node: RedisServer) =>
      (await node.send('CLUSTER', 'MYID')).split('\r\n')[1] ?? ''

    /** Moves one slot and what is in it, as redis-cli does, and dawdles half-way: requests are sent from one to the other. */
    async function moveSlot(slot: string, from: RedisServer, to: RedisServer): Promise<void> {
      const [source, target] = [await nameOf(from), await nameOf(to)]
      await to.send('CLUSTER', 'SETSLOT', slot, 'IMPORTING', source)
      await from.send('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target)
      await sleep(60)
      const found = await from.send('CLUSTER', 'GETKEYSINSLOT', slot, '100')
      const keys = found.split('\r\n').filter((word) => word.startsWith('coatcheck'))
      if (keys.length > 0)
        await from.send('MIGRATE', '127.0.0.1', `${to.port}`, '', '0', '5000', 'KEYS', ...keys)
      await sleep(60)
      for (const node of [to, from, ...cluster.nodes])
        await node.send('CLUSTER', 'SETSLOT', slot, 'NODE', target)
    }

    test(
      'a cluster that moves slots while they are written to loses no update, and refuses none',
      { tags: ['C7'] },
      async () => {
        const writers = await Promise.all(Array.from({ length: 12 }, (_, at) => begin(`w${at}`)))
        let isOver = false
        const writing = writers.map((writer) => write(writer, () => isOver))
        const [first, second] = cluster.nodes as [RedisServer, RedisServer]
        let moved = 0
        for (const { id } of writers) {
          const slot = (await first.send('CLUSTER', 'KEYSLOT', `coatcheck:session:${id}`)).slice(1)
          const held = await first.send('CLUSTER', 'COUNTKEYSINSLOT', slot)
          if (held === ':0') continue
          await moveSlot(slot, first, second)
          moved++
        }
        isOver = true
        await Promise.all(writing)
        expect(moved).toBeGreaterThan(0)
        for (const writer of writers) {
          expect([...writer.statuses]).toEqual([200])
          await expectWhole(writer)
        }
      },
    )

    test(
      'a cluster whose replica takes over in an orderly way while it is written to loses no update',
      { tags: ['C7', 'H10'] },
      async () => {
        const [, , master] = cluster.nodes as [RedisServer, RedisServer, RedisServer]
        const replica = await cluster.replicate(master)
        await replicated(master)
        const writers = await Promise.all(Array.from({ length: 8 }, (_, at) => begin(`f${at}`)))
        let isOver = false
        const writing = writers.map((writer) => write(writer, () => isOver))
        // Redis gives an orderly takeover up after five seconds, as on a busy machine. Then it is asked for again.
        const takeOver = async () => {
          const state = await replica.send('INFO', 'replication')
          if (!state.includes('role:master')) await replica.send('CLUSTER', 'FAILOVER')
          return state
        }
        await expect.poll(takeOver, { timeout: 90_000, interval: 6_000 }).toContain('role:master')
        await sleep(300)
        isOver = true
        await Promise.all(writing)
        for (const writer of writers) {
          expect([...writer.statuses].filter((status) => status !== 200 && status !== 503)).toEqual(
            [],
          )
          await expectWhole(writer)
        }
      },
    )

    test(
      'a master of a cluster that dies takes no end of a signed-in session with it',
      { tags: ['C1', 'H10'] },
      async () => {
        const [master] = cluster.nodes as [RedisServer]
        await cluster.replicate(master)
        await server.signedIn('ada')
        const seen = new Set<number>()
        const ended: string[] = []
        let isOver = false
        const leaving = Array.from({ length: 4 }, async () => {
          while (!isOver) {
            const user = server.visitor()
            const login = await user.send(loginDocument, { username: 'ada', password })
            seen.add(login.status)
            const { cookie } = user
            if (login.data?.login.__typename !== 'LoginSuccess' || cookie === null) {
              await sleep(100)
              continue
            }
            const left = await user.send(logout)
            seen.add(left.status)
            if (left.data !== null) ended.push(cookie)
            await sleep(100)
          }
        })
        await expect.poll(() => ended.length, { timeout: 30_000 }).toBeGreaterThan(3)
        await master.kill()
        const before = ended.length
        await expect.poll(() => ended.length, { timeout: 60_000 }).toBeGreaterThan(before + 8)
        isOver = true
        await Promise.all(leaving)
        expect([...seen].filter((status) => status !== 200 && status !== 503)).toEqual([])
        for (const cookie of ended) {
          const visitor = server.visitor(cookie)
          await expect.poll(async () => (await visitor.send(look)).status).toBe(200)
          expect((await visitor.data(look)).me).toBeNull()
        }
      },
    )
  },
)
