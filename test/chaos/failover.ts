import { setTimeout as sleep } from 'node:timers/promises'
import { expect, vi } from 'vitest'
import { startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { openProxy } from './proxy.ts'
import type { Proxy } from './proxy.ts'

/** A PostgreSQL, a replica that follows it, and an address that leads to the one of them that is in charge. */
export interface Failover {
  readonly primary: PostgresqlServer
  readonly replica: PostgresqlServer
  /** The address that the servers know, and their DATABASE_URL, which leads there. */
  readonly address: Proxy
  readonly url: string
  /** The way on which the replica follows. */
  readonly replication: Proxy
  /** Waits until the replica has all that there is. */
  isWhole(): Promise<void>
  /** What a failover manager does, a second later: the replica takes over, and the address leads to it. Gives the time of death. */
  failOver(): Promise<number>
  stop(): Promise<void>
}

/** Starts both, with a database that has our tables. */
export async function openFailover(): Promise<Failover> {
  const primary = await startPostgresql()
  const direct = await primary.database()
  const replication = await openProxy(primary.port)
  const replica = await primary.replicate(replication.port)
  const address = await openProxy(primary.port)

  return {
    primary,
    replica,
    address,
    url: direct.replace(`:${primary.port}`, `:${address.port}`),
    replication,

    async isWhole() {
      await vi.waitFor(async () => {
        const [row] = await primary.ask(
          'SELECT sent_lsn = pg_current_wal_lsn() AND replay_lsn = sent_lsn AS whole FROM pg_stat_replication',
        )
        expect(row).toEqual({ whole: true })
      }, 30_000)
    },

    async failOver() {
      await primary.kill()
      const dead = performance.now()
      await sleep(1000)
      await replica.ask('SELECT pg_promote()')
      address.lead(replica.port)
      address.reset()
      return dead
    },

    async stop() {
      await Promise.all([address, replication].map((proxy) => proxy.close()))
      await Promise.all([primary, replica].map((each) => each.stop()))
    },
  }
}
