import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { expiredRows } from '../../src/auth/clearing/expired.ts'
import { createLease } from '../../src/upkeep/lease.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import { plantSessions } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-lease-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What opens a database, and what ends it. */
interface Place {
  readonly url: string
  stop(): Promise<void>
}

const onFile = async (): Promise<Place> => ({
  url: `file:${join(folder, 'lease.db')}`,
  stop: async () => {},
})

const onServer = async (): Promise<Place> => {
  const server = await startPostgresql()
  return { url: await server.database({ isEmpty: true }), stop: server.stop }
}

describe.each<[string, () => Promise<Place>, boolean]>([
  ['SQLite', onFile, true],
  ['PostgreSQL', onServer, postgresqlProgram !== null],
])('%s', (kind, start, isInstalled) => {
  let place: Place
  let db: Database
  beforeAll(async () => {
    if (!isInstalled) return
    place = await start()
    await databaseKind(place.url).migrate(place.url)
    db = await databaseKind(place.url).open(place.url, {})
  })
  afterAll(async () => {
    await db?.$disconnect()
    await place?.stop()
  })

  let count = 0
  /** Two processes that ask for one lease. */
  const both = () => {
    const name = `lease${++count}`
    return [createLease(db, name), createLease(db, name)] as const
  }

  test(`on ${kind}, a lease belongs to one process until that process gives it back`, async ({
    skip,
  }) => {
    skip(!isInstalled, `${kind} is not installed`)
    const [one, other] = both()
    const held = await one.take()
    expect(await other.take()).toBeNull()
    await held?.release()
    expect(await other.take()).not.toBeNull()
  })

  test(`on ${kind}, a holder that beats between two looks keeps its lease`, async ({ skip }) => {
    skip(!isInstalled, `${kind} is not installed`)
    const [one, other] = both()
    const held = await one.take()
    for (let look = 0; look < 6; look++) {
      expect(await other.take()).toBeNull()
      expect(await held?.beat()).toBe(true)
    }
  })

  test(
    `on ${kind}, three looks at a beat that stands still take the lease over, and its holder hears of it`,
    { tags: ['K25'] },
    async ({ skip }) => {
      skip(!isInstalled, `${kind} is not installed`)
      const [one, other] = both()
      const dead = await one.take()
      expect(await other.take()).toBeNull()
      expect(await other.take()).toBeNull()
      const held = await other.take()
      expect(await held?.beat()).toBe(true)
      expect(await dead?.beat()).toBe(false)
      await dead?.release()
      expect(await held?.beat()).toBe(true)
    },
  )

  test(`on ${kind}, of several processes that look at a dead holder's lease at once, one takes it over`, async ({
    skip,
  }) => {
    skip(!isInstalled, `${kind} is not installed`)
    const name = 'contended'
    await createLease(db, name).take()
    const others = Array.from({ length: 5 }, () => createLease(db, name))
    const looks = []
    for (let look = 0; look < 3; look++)
      looks.push(await Promise.all(others.map((each) => each.take())))
    expect(looks.flat().filter((held) => held !== null)).toHaveLength(1)
  })

  test(`on ${kind}, the upkeep removes what has expired in steps, the oldest first, and leaves what is alive`, async ({
    skip,
  }) => {
    skip(!isInstalled, `${kind} is not installed`)
    const at = Date.UTC(2026, 5, 1)
    const long = new Date(at - 100_000)
    await plantSessions(db, 25, at - 2)
    await plantSessions(db, 7, at)
    await plantSessions(db, 3, at + 1)
    await db.attempt.createMany({
      data: [
        { key: 'old', points: 1, expire: long },
        { key: 'new', points: 1, expire: new Date(at + 1) },
      ],
    })
    await db.auditEvent.createMany({ data: [{ type: 'LOGIN', at: long }, { type: 'LOGOUT' }] })
    const steps = []
    const newerLeft: number[] = []
    const { sessions, others } = expiredRows(db, { retention: 100 })
    for (const clear of [sessions, ...others]) {
      const each: number[] = []
      for await (const removed of clear(at, () => 10)) {
        each.push(removed)
        newerLeft.push(await db.session.count({ where: { expiresAt: new Date(at) } }))
      }
      steps.push(each)
    }
    expect(steps).toEqual([[10, 10, 10, 2], [1], [1]])
    expect(newerLeft).toEqual([7, 7, 2, 0, 0, 0])
    expect(await db.session.count()).toBe(3)
    expect(await db.attempt.findMany({ select: { key: true } })).toEqual([{ key: 'new' }])
    expect(await db.auditEvent.findMany({ select: { type: true } })).toEqual([{ type: 'LOGOUT' }])
  })

  test(`on ${kind}, the upkeep removes no event of the audit where its retention is 0, which is for ever`, ({
    skip,
  }) => {
    skip(!isInstalled, `${kind} is not installed`)
    expect(expiredRows(db, { retention: 0 }).others).toHaveLength(1)
  })
})
