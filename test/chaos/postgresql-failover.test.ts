import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createVisitor } from '../harness.ts'
import { postgresqlProgram } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'
import type { ServerProcess } from '../process.ts'
import { gatherCrowd } from './crowd.ts'
import { openFailover } from './failover.ts'
import type { Failover } from './failover.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ cart { items { sku quantity } } }'
const password = 'a primary that dies'

/** What servers may answer while no primary is there. */
const usual = ['200', '503 SESSION_STORE_UNAVAILABLE']
/** How streams of sessions that ended may be over. */
const fates = ['LOGOUT', 'REVOKED', 'broke off']

describe.skipIf(postgresqlProgram === null)('PostgreSQL that fails over to a replica', () => {
  let folder: string
  let failover: Failover
  const servers: ServerProcess[] = []

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-failover-'))
    failover = await openFailover()
    const settings = {
      DATABASE_URL: failover.url,
      ADMIN_PASSWORD: password,
      SESSION_RECHECK_INTERVAL: '1',
    }
    // The first makes the staff user.
    for (let at = 0; at < 2; at++) servers.push(await startProcess(folder, settings))
  })
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()))
    await failover?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test(
    'with synchronous commit a failover under two servers loses nothing that was answered, and brings back nothing that was ended',
    { tags: ['H10'] },
    async () => {
      const { primary, replica, failOver } = failover
      await primary.ask(`ALTER SYSTEM SET synchronous_standby_names = '*'`)
      await primary.ask('SELECT pg_reload_conf()')
      await vi.waitFor(async () => {
        const rows = await primary.ask('SELECT sync_state FROM pg_stat_replication')
        expect(rows).toEqual([{ sync_state: 'sync' }])
      }, 30_000)
      const crowd = await gatherCrowd(servers, { password, leaving: 42 })
      await Promise.all([crowd.write(100), crowd.end(14)])
      const failing = failOver().then(async () => {
        await replica.ask('ALTER SYSTEM RESET synchronous_standby_names')
        await replica.ask('SELECT pg_reload_conf()')
      })
      await Promise.all([failing, crowd.write(100), crowd.end(14)])
      await Promise.all([crowd.write(100), crowd.end(14)])
      await crowd.stop()

      expect([...crowd.answers.keys()].sort()).toEqual(usual)
      const { streams, ...found } = await crowd.findings()
      expect(found).toEqual({ lost: [], strange: [], revivedUsers: [], revivedGuests: [] })
      expect(fates).toEqual(expect.arrayContaining([...streams]))
    },
  )

  test('without synchronous commit a failover under two servers loses the last moments alone: their writes are gone, and the sessions that ended in them are back', async () => {
    const { primary, replication, failOver } = failover
    const crowd = await gatherCrowd(servers, { password, leaving: 42 })
    await Promise.all([crowd.write(100), crowd.end(14)])
    // What was answered before this, the replica has.
    const safe = performance.now()
    const [row] = await primary.ask('SELECT pg_current_wal_lsn()::text AS at')
    await vi.waitFor(async () => {
      const [state] = await primary.ask(
        `SELECT replay_lsn >= '${String(row?.['at'])}' AS "hasAll" FROM pg_stat_replication`,
      )
      expect(state).toEqual({ hasAll: true })
    }, 30_000)
    replication.cut()
    await Promise.all([crowd.write(20), crowd.end(4)])
    const failing = failOver()
    await Promise.all([failing, crowd.write(100), crowd.end(10)])
    const dead = await failing
    await Promise.all([crowd.write(100), crowd.end(14)])
    await crowd.stop()

    expect([...crowd.answers.keys()].sort()).toEqual(usual)
    const { lost, strange, revivedUsers, revivedGuests, streams } = await crowd.findings()
    expect(strange).toEqual([])
    for (const gone of [lost, revivedUsers, revivedGuests]) {
      expect(gone.length).toBeGreaterThan(0)
      const early = gone.filter(({ asked, answered }) => answered <= safe || asked >= dead)
      expect(early).toEqual([])
    }
    expect(fates).toEqual(expect.arrayContaining([...streams]))
  })

  test('while the address leads to a replica that is none of the masters yet, two servers answer reads, and 503 to writes', async () => {
    const { primary, replica, address, isWhole } = failover
    const visitor = (at: number, cookie: string | null) =>
      createVisitor(`${servers[at]!.url}/graphql`, 'sessionid', cookie)
    const first = visitor(0, null)
    await first.data(add, { sku: 'early' })
    const { cookie } = first
    await isWhole()
    address.lead(replica.port)
    address.reset()
    for (const at of [0, 1]) {
      const user = visitor(at, cookie)
      await vi.waitFor(async () => expect((await user.send(look)).status).toBe(200), 30_000)
      const { status, headers, setCookie, errors } = await user.send(add, { sku: 'refused' })
      expect([status, errors?.[0].extensions.code]).toEqual([503, 'SESSION_STORE_UNAVAILABLE'])
      expect(headers.get('retry-after')).not.toBeNull()
      expect([setCookie, user.cookie]).toEqual([[], cookie])
    }

    await primary.kill()
    await replica.ask('SELECT pg_promote()')

    for (const at of [0, 1]) {
      const other = visitor(at, null)
      const isAnswered = async () =>
        expect((await other.send(add, { sku: 'again' })).status).toBe(200)
      await vi.waitFor(isAnswered, 30_000)
      const { cart } = await visitor(at, cookie).data(look)
      expect(cart.items).toEqual([{ sku: 'early', quantity: 1 }])
    }
  })
})
