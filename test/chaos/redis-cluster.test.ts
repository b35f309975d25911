import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { redisProgram, replicated, startRedisCluster } from '../redis-server.ts'
import type { RedisCluster, RedisServer } from '../redis-server.ts'
import { gatherCrowd } from './crowd.ts'
import type { Crowd } from './crowd.ts'

const password = 'a cluster that changes'

describe.skipIf(redisProgram === null)(
  'two servers on a cluster of Redis that changes while it is written to',
  { meta: { engine: 'a cluster of Redis' } },
  () => {
    let folder: string
    let cluster: RedisCluster
    const servers: ServerProcess[] = []
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'coatcheck-cluster-'))
      cluster = await startRedisCluster()
      const settings = {
        SESSION_ENGINE: 'cache',
        CACHE_URL: cluster.url,
        DATABASE_URL: 'file:./cluster.db',
        ADMIN_PASSWORD: password,
        SESSION_RECHECK_INTERVAL: '1',
      }
      // The first prepares the database.
      for (let at = 0; at < 2; at++) servers.push(await startProcess(folder, settings))
    })
    afterEach(async () => {
      await Promise.all(servers.splice(0).map((server) => server.stop()))
      await cluster?.stop()
      rmSync(folder, { recursive: true, force: true })
    })

    /** Everything that servers said is so at both, but for the ends of guests that `revivedGuests` has. */
    async function expectWhole(crowd: Crowd) {
      const findings = await crowd.findings()
      const { lost, strange, revivedUsers, streams } = findings
      expect({ lost, strange, revivedUsers }).toEqual({ lost: [], strange: [], revivedUsers: [] })
      expect(['LOGOUT', 'REVOKED', 'broke off']).toEqual(expect.arrayContaining([...streams]))
      return findings
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
      'a cluster that moves slots while two servers write and end sessions loses no update, refuses none, and brings nothing back',
      { tags: ['C7', 'H10'] },
      async () => {
        const crowd = await gatherCrowd(servers, { password, leaving: 42 })
        await Promise.all([crowd.write(100), crowd.end(14)])
        const [first, second] = cluster.nodes as [RedisServer, RedisServer]
        let moved = 0
        const moving = (async () => {
          for (const id of crowd.ids) {
            if (moved === 12) return
            const word = await first.send('CLUSTER', 'KEYSLOT', `coatcheck:session:${id}`)
            const slot = word.slice(1)
            if ((await first.send('CLUSTER', 'COUNTKEYSINSLOT', slot)) === ':0') continue
            await moveSlot(slot, first, second)
            moved++
          }
        })()
        await Promise.all([moving, crowd.write(100), crowd.end(14)])
        await Promise.all([crowd.write(100), crowd.end(14)])
        await crowd.stop()
        expect(moved).toBeGreaterThan(2)
        expect([...crowd.answers.keys()]).toEqual(['200'])
        expect((await expectWhole(crowd)).revivedGuests).toEqual([])
      },
    )

    test(
      'a cluster whose replica takes over in an orderly way while two servers write and end sessions loses no update, and brings nothing back',
      { tags: ['C7', 'H10'] },
      async () => {
        const [, , master] = cluster.nodes as [RedisServer, RedisServer, RedisServer]
        const replica = await cluster.replicate(master)
        await replicated(master)
        const crowd = await gatherCrowd(servers, { password, leaving: 42 })
        await Promise.all([crowd.write(100), crowd.end(14)])
        // Redis gives an orderly takeover up after five seconds, as on a busy machine. Then it is asked for again.
        const takeOver = async () => {
          const state = await replica.send('INFO', 'replication')
          if (!state.includes('role:master')) await replica.send('CLUSTER', 'FAILOVER')
          return state
        }
        const taking = expect
          .poll(takeOver, { timeout: 90_000, interval: 6_000 })
          .toContain('role:master')
        await Promise.all([taking, crowd.write(100), crowd.end(14)])
        await Promise.all([crowd.write(100), crowd.end(14)])
        await crowd.stop()
        expect(['200', '503 SESSION_STORE_UNAVAILABLE']).toEqual(
          expect.arrayContaining([...crowd.answers.keys()]),
        )
        expect((await expectWhole(crowd)).revivedGuests).toEqual([])
      },
    )

    test(
      'a master of a cluster that dies takes what two servers were told in its last moments with it at most, and no end of a signed-in session',
      { tags: ['C1', 'H10'] },
      async () => {
        const [master] = cluster.nodes as [RedisServer]
        const replica = await cluster.replicate(master)
        const crowd = await gatherCrowd(servers, { password, leaving: 42 })
        await Promise.all([crowd.write(100), crowd.end(14)])
        // What was answered before this, the replica has.
        const safe = performance.now()
        await replicated(master)
        await master.kill()
        const dead = performance.now()
        const during = Promise.all([crowd.write(100), crowd.end(14)])
        await expect
          .poll(() => replica.send('INFO', 'replication'), { timeout: 60_000 })
          .toContain('role:master')
        await during
        await Promise.all([crowd.write(100), crowd.end(14)])
        await crowd.stop()
        expect(['200', '503 SESSION_STORE_UNAVAILABLE']).toEqual(
          expect.arrayContaining([...crowd.answers.keys()]),
        )
        expect([...crowd.answers.keys()]).toContain('503 SESSION_STORE_UNAVAILABLE')
        const { lost, strange, revivedUsers, revivedGuests, streams } = await crowd.findings()
        expect({ strange, revivedUsers }).toEqual({ strange: [], revivedUsers: [] })
        // Redis answers first and replicates afterwards.
        const isAdmitted = ({ asked, answered }: { asked: number; answered: number }) =>
          answered > safe && asked < dead
        expect([...lost, ...revivedGuests].filter((told) => !isAdmitted(told))).toEqual([])
        expect(['LOGOUT', 'REVOKED', 'broke off']).toEqual(expect.arrayContaining([...streams]))
      },
    )
  },
)
