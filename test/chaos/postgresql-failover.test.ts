import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id } cart { items { sku quantity } } }'
const logout = 'mutation { logout { session { id } } }'

describe.skipIf(postgresqlProgram === null)('PostgreSQL that fails over to a replica', () => {
  let primary: PostgresqlServer
  let replica: PostgresqlServer
  /** The address that the server knows, and the way on which the replica follows. */
  let address: Proxy
  let replication: Proxy
  let server: TestServer

  beforeEach(async () => {
    primary = await startPostgresql()
    const url = await primary.database()
    replication = await openProxy(primary.port)
    replica = await primary.replicate(replication.port)
    address = await openProxy(primary.port)
    server = await startServer({
      DATABASE_URL: url.replace(`:${primary.port}`, `:${address.port}`),
      SESSION_STORE_TIMEOUT: '2000',
    })
  })
  afterEach(async () => {
    await server?.stop()
    await Promise.all([address, replication].map((proxy) => proxy?.close()))
    await Promise.all([primary, replica].map((each) => each?.stop()))
  })

  /** What a failover manager does: the replica takes over, and the address leads to it. */
  async function failOver(): Promise<void> {
    await primary.kill()
    await replica.ask('SELECT pg_promote()')
    address.lead(replica.port)
    address.reset()
  }

  /** Waits until visitors are answered again, without a restart. */
  const isAnswered = (visitor: Visitor) =>
    vi.waitFor(async () => expect((await visitor.send(add, { sku: 'again' })).status).toBe(200), {
      timeout: 30_000,
    })

  test(
    'with synchronous commit a failover loses nothing that was answered, and brings back nothing that was ended',
    { tags: ['H10'] },
    async () => {
      await primary.ask(`ALTER SYSTEM SET synchronous_standby_names = '*'`)
      await primary.ask('SELECT pg_reload_conf()')
      await vi.waitFor(async () => {
        const rows = await primary.ask('SELECT sync_state FROM pg_stat_replication')
        expect(rows).toEqual([{ sync_state: 'sync' }])
      })
      const user = await server.signedIn('ada')
      const stored: string[] = []
      const refused: string[] = []
      const ended: string[] = []
      let isOver = false
      const writing = async (name: string) => {
        for (let at = 0; !isOver; at++) {
          const sku = `${name}${at}`
          const { status, data, errors } = await user.send(add, { sku })
          if (data?.addCartItem.__typename === 'CartSuccess') stored.push(sku)
          else if (!/may have been stored/.test(errors?.[0].message)) refused.push(sku)
          if (status !== 200) await new Promise((done) => setTimeout(done, 50))
          if (at === 40) return
        }
      }
      const leaving = async () => {
        while (!isOver) {
          const guest = server.visitor()
          const { data } = await guest.send(loginDocument, { username: 'ada', password })
          const { cookie } = guest
          if (data?.login.__typename !== 'LoginSuccess' || cookie === null) continue
          const { data: left } = await guest.send(logout)
          if (left !== null) ended.push(cookie)
        }
      }
      const busy = [writing('a'), writing('b'), leaving()]
      await vi.waitFor(() => expect(ended.length).toBeGreaterThan(1), { timeout: 30_000 })
      await failOver()
      await replica.ask('ALTER SYSTEM RESET synchronous_standby_names')
      await replica.ask('SELECT pg_reload_conf()')
      isOver = true
      await Promise.all(busy)

      await isAnswered(server.visitor())
      const { me, cart } = await user.data(look)
      expect(me).toEqual({ username: 'ada' })
      const skus = cart.items.map(({ sku }: { sku: string }) => sku)
      expect(skus).toEqual(expect.arrayContaining(stored))
      expect(skus.filter((sku: string) => refused.includes(sku))).toEqual([])
      expect(cart.items.every(({ quantity }: { quantity: number }) => quantity === 1)).toBe(true)
      for (const cookie of ended)
        expect((await server.visitor(cookie).data(look)).session.id).toBeNull()
    },
  )

  test('without it the last moments are lost: a write is gone, and a session that was ended in them is back', async () => {
    const [user, leaver] = [await server.signedIn('ada'), await server.signedIn('grace')]
    await user.data(add, { sku: 'early' })
    const copy = leaver.cookie
    await vi.waitFor(async () => {
      const [row] = await primary.ask(
        'SELECT sent_lsn = pg_current_wal_lsn() AND replay_lsn = sent_lsn AS whole FROM pg_stat_replication',
      )
      expect(row).toEqual({ whole: true })
    })

    replication.cut()
    await user.data(add, { sku: 'late' })
    await leaver.data(logout)
    expect((await server.visitor(copy).data(look)).me).toBeNull()
    await failOver()

    await isAnswered(server.visitor())
    const { cart } = await user.data(look)
    expect(cart.items).toEqual([{ sku: 'early', quantity: 1 }])
    expect((await server.visitor(copy).data(look)).me).toEqual({ username: 'grace' })
  })

  test('while the address leads to a replica that is none of the masters yet, reads are answered and writes are 503', async () => {
    const user = await server.signedIn('ada')
    await user.data(add, { sku: 'early' })
    await vi.waitFor(async () => {
      const [row] = await primary.ask(
        'SELECT replay_lsn = pg_current_wal_lsn() AS whole FROM pg_stat_replication',
      )
      expect(row).toEqual({ whole: true })
    })
    address.lead(replica.port)
    address.reset()
    const cookie = user.cookie
    await vi.waitFor(async () => expect((await user.send(look)).status).toBe(200), {
      timeout: 30_000,
    })
    const { status, headers, setCookie, errors } = await user.send(add, { sku: 'refused' })
    expect([status, errors?.[0].extensions.code]).toEqual([503, 'SESSION_STORE_UNAVAILABLE'])
    expect(headers.get('retry-after')).not.toBeNull()
    expect([setCookie, user.cookie]).toEqual([[], cookie])

    await primary.kill()
    await replica.ask('SELECT pg_promote()')

    await isAnswered(server.visitor())
    expect((await user.data(look)).cart.items).toEqual([{ sku: 'early', quantity: 1 }])
  })
})
