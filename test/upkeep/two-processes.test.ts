import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { spawnTied } from '../tied.ts'
import { plantSessions } from './rows.ts'

/** A process that removes expired sessions, and what it has said so far. */
interface Cleaner {
  readonly child: ChildProcess
  readonly said: string[]
}

const soon = { timeout: 30_000, interval: 20 }

describe('several processes on one database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-two-upkeeps-'))
  const running: ChildProcess[] = []
  let db: Database | null = null
  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL')
    await db?.$disconnect()
  })
  let server: PostgresqlServer | null = null
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  let files = 0
  /** A database with so many expired sessions, and three living ones. */
  async function plant(
    count: number,
    url = `file:${join(folder, `${++files}.db`)}`,
  ): Promise<{ url: string; db: Database }> {
    await databaseKind(url).migrate(url)
    db = await databaseKind(url).open(url, {})
    await plantSessions(db, count, 1000)
    await plantSessions(db, 3, Date.now() + 1_000_000)
    return { url, db }
  }

  /** Starts one, which pauses for so many milliseconds behind a round that found something. */
  function start(url: string, pause = 300): Cleaner {
    const said: string[] = []
    const words = [resolve('test/upkeep/upkeep-process.mjs'), url, `${pause}`]
    const child = spawnTied(process.execPath, words, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.on('message', (line) => said.push(String(line)))
    running.push(child)
    return { child, said }
  }

  /** Starts two, of which one holds the lease: that one and the other. */
  async function startBoth(url: string): Promise<[Cleaner, Cleaner]> {
    const both = [start(url), start(url)] as const
    await vi.waitFor(() => expect(both.some(({ said }) => said.length > 0)).toBe(true), soon)
    const [one, other] = both
    return one.said.length > 0 ? [one, other] : [other, one]
  }

  test(
    'of two processes on one database, one at a time removes expired sessions, and neither removes a living one',
    { tags: ['K25'] },
    async () => {
      const { url, db } = await plant(400)
      const [holder, other] = await startBoth(url)
      await vi.waitFor(async () => expect(await db.session.count()).toBe(3), soon)
      // The last step is told after its rows are gone.
      await vi.waitFor(() => expect(holder.said.length).toBeGreaterThanOrEqual(400 / 5), soon)
      // The other one may have had its turn afterwards, and found nothing: one step.
      expect(other.said.length).toBeLessThan(3)
    },
  )

  test(
    'where the process that removes expired sessions is killed, the other process takes over and removes the rest',
    { tags: ['K25'] },
    async () => {
      const { url, db } = await plant(1500)
      const [holder, other] = await startBoth(url)
      holder.child.kill('SIGKILL')
      await vi.waitFor(async () => expect(await db.session.count()).toBe(3), soon)
      expect(other.said.length).toBeGreaterThan(1)
    },
  )

  test('a process that has found nothing to remove, and pauses for long, takes over from one that is killed meanwhile', async () => {
    const { url, db } = await plant(0)
    const idle = start(url, 300_000)
    await vi.waitFor(() => expect(idle.said).toEqual(['step']), soon)
    await plantSessions(db, 1500, 1000)
    const { child, said } = start(url)
    await vi.waitFor(() => expect(said.length).toBeGreaterThan(3), soon)
    child.kill('SIGKILL')
    await vi.waitFor(async () => expect(await db.session.count()).toBe(3), soon)
    expect(idle.said.length).toBeGreaterThan(1)
  })

  test(
    'on PostgreSQL, where the process that removes expired sessions is killed, one of two others takes over, and neither removes a living one',
    { tags: ['K25'] },
    async ({ skip }) => {
      skip(postgresqlProgram === null, 'PostgreSQL is not installed')
      server = await startPostgresql()
      const { url, db } = await plant(1800, await server.database({ isEmpty: true }))
      const all = [start(url), start(url), start(url)]
      await vi.waitFor(() => expect(all.some(({ said }) => said.length > 10)).toBe(true), soon)
      const [holder, ...others] = all.toSorted((a, b) => b.said.length - a.said.length)
      // From now on these are alive, whichever of them a step has found before.
      const some = await db.session.findMany({
        where: { expiresAt: { lt: new Date() } },
        orderBy: { expiresAt: 'asc' },
        select: { id: true },
        take: 100,
      })
      const prolonged = await db.session.updateManyAndReturn({
        where: { id: { in: some.map(({ id }) => id) } },
        data: { expiresAt: new Date(Date.now() + 1_000_000) },
        select: { id: true },
      })
      holder!.child.kill('SIGKILL')
      const before = others.map(({ said }) => said.length)
      const left = 3 + prolonged.length
      await vi.waitFor(async () => expect(await db.session.count()).toBe(left), soon)
      const ids = prolonged.map(({ id }) => id)
      expect(await db.session.count({ where: { id: { in: ids } } })).toBe(ids.length)
      expect(ids.length).toBeGreaterThan(0)
      // The third one may have had its turn afterwards, and found nothing: one step.
      const steps = others.map(({ said }, at) => said.length - before[at]!)
      expect(Math.max(...steps)).toBeGreaterThan(10)
      expect(Math.min(...steps)).toBeLessThan(3)
    },
  )

  test('a process that stood still until it lost the lease of the upkeep removes no living session when it goes on, and stops', async () => {
    const { url, db } = await plant(1500)
    const [holder, other] = await startBoth(url)
    holder.child.kill('SIGSTOP')
    await vi.waitFor(() => expect(other.said.length).toBeGreaterThan(3), soon)
    const before = holder.said.length
    holder.child.kill('SIGCONT')
    await vi.waitFor(async () => expect(await db.session.count()).toBe(3), soon)
    // It does at most the steps of one beat before it hears that the lease is another's.
    expect(holder.said.length - before).toBeLessThan(10)
    expect([...holder.said, ...other.said].filter((line) => line !== 'step')).toEqual([])
  })
})
