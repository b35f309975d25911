import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVisitor, startServer } from '../harness.ts'
import type { Visitor } from '../harness.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { startProcess } from '../process.ts'

const add =
  'mutation { addCartItem(input: { sku: "hat" }) { __typename ... on CartSuccess { cart { totalQuantity } } ... on Error { code } } }'
const look = '{ me { username } cart { totalQuantity } }'

test(
  'a server that is killed with -9 while it writes to SQLite has kept all that it acknowledged, ten times',
  // Eleven starts, on a machine that may be busy with others.
  { tags: ['H17'], meta: { engine: 'the database engine' }, timeout: 240_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-sqlite-'))
    const file = join(folder, 'killed.db')
    const environment = { DATABASE_URL: `file:${file}`, SESSION_COOKIE_AGE: '86400' }
    /** How many hats each visitor was told that they have. */
    const told = new Map<string, number>()
    try {
      for (let round = 0; round <= 10; round++) {
        const server = await startProcess(folder, environment)
        const endpoint = `${server.url}/graphql`
        for (const [cookie, count] of told) {
          const { cart } = await createVisitor(endpoint, 'sessionid', cookie).data(look)
          // What was under way may have been stored, though no visitor got an answer.
          expect(cart.totalQuantity).toBeGreaterThanOrEqual(count)
          expect(cart.totalQuantity).toBeLessThanOrEqual(count + 1)
          told.set(cookie, cart.totalQuantity)
        }
        if (round === 10) {
          await server.stop()
          continue
        }
        const newcomer = createVisitor(endpoint, 'sessionid', null)
        told.set((await newcomer.data(add), newcomer.cookie!), 1)
        const isOver = { yet: false }
        const writing = [...told.keys()].slice(-4).map(async (cookie) => {
          const visitor = createVisitor(endpoint, 'sessionid', cookie)
          while (!isOver.yet) {
            const answer = await visitor.send(add).catch(() => null)
            if (answer === null) return
            expect(answer.errors).toBeUndefined() // SQLite is never too busy to answer
            if (answer.data.addCartItem.cart)
              told.set(cookie, answer.data.addCartItem.cart.totalQuantity)
          }
        })
        await sleep(30 + Math.random() * 60)
        server.child.kill('SIGKILL')
        isOver.yet = true
        await server.ended
        await Promise.all(writing)
        const db = new BetterSqlite3(file)
        expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
        db.close()
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  },
)

describe.skipIf(postgresqlProgram === null)(
  'PostgreSQL',
  { meta: { engine: 'the database engine on PostgreSQL' } },
  () => {
    let postgresql: PostgresqlServer
    beforeAll(async () => {
      postgresql = await startPostgresql()
    })
    afterAll(() => postgresql?.stop())

    test(
      'a PostgreSQL that restarts under load fails only what was asked meanwhile, and loses nothing acknowledged',
      { tags: ['H18'] },
      async () => {
        const server = await startServer({
          DATABASE_URL: await postgresql.database(),
          SESSION_STORE_TIMEOUT: '1000',
          GRAPHQL_TIMEOUT: '60', // ten hashes, on a machine that may be busy with others
        })
        try {
          const visitors = await Promise.all(
            Array.from({ length: 5 }, (_, at) => server.signedIn(`loaded${at}`)),
          )
          const seen = new Set<number>()
          const isOver = { yet: false }
          const load = async (visitor: Visitor) => {
            let added = 0
            let unknown = 0
            while (!isOver.yet) {
              const { status, data, setCookie } = await visitor.send(add)
              seen.add(status)
              if (status === 200 && data.addCartItem.cart) added++
              else {
                expect(setCookie).toEqual([])
                unknown++ // it may have been stored before the answer was lost
              }
            }
            return { visitor, added, unknown }
          }
          const running = visitors.map(load)
          await sleep(200)
          await postgresql.kill()
          await sleep(200)
          await postgresql.start()
          await expect.poll(async () => (await visitors[0]!.send(look)).status).toBe(200)
          await sleep(200)
          isOver.yet = true
          for (const { visitor, added, unknown } of await Promise.all(running)) {
            const { me, cart } = await visitor.data(look)
            expect(me.username).toMatch(/^loaded/)
            expect(cart.totalQuantity).toBeGreaterThanOrEqual(added)
            expect(cart.totalQuantity).toBeLessThanOrEqual(added + unknown)
          }
          expect([...seen].sort()).toEqual([200, 503])
        } finally {
          await server.stop()
        }
      },
    )

    test(
      'while PostgreSQL holds every connection up the answer is 503 in time, and all is well once it lets go',
      { tags: ['H19'] },
      async () => {
        const url = await postgresql.database()
        const server = await startServer({
          DATABASE_URL: url,
          SESSION_STORE_TIMEOUT: '1000',
          GRAPHQL_TIMEOUT: '60',
        })
        const other = new Client({ connectionString: url })
        await other.connect()
        try {
          const visitor = await server.signedIn('waiting')
          await other.query('BEGIN')
          await other.query('LOCK TABLE "Session", "User" IN ACCESS EXCLUSIVE MODE')
          const copies = Array.from({ length: 40 }, () => server.visitor(visitor.cookie))
          const answers = await Promise.all(copies.map((copy) => copy.send(look)))
          expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(503))
          expect(answers.flatMap(({ setCookie }) => setCookie)).toEqual([])
          expect((await fetch(`${server.url}/health`)).status).toBe(200)
          await other.query('ROLLBACK')
          await expect.poll(async () => (await visitor.send(look)).status).toBe(200)
          expect((await visitor.data(look)).me).toEqual({ username: 'waiting' })
        } finally {
          await other.end()
          await server.stop()
        }
      },
    )
  },
)
