import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { createVisitor, loginDocument } from './harness.ts'
import type { Visitor } from './harness.ts'
import { runCommand, startProcess } from './process.ts'
import type { ServerProcess } from './process.ts'
import { redisProgram, startRedis } from './redis-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-rollout-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const admin = { username: 'admin', password: 'two engines, one session' }
const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id } cart { totalQuantity } }'

const database = { SESSION_ENGINE: 'database' }

/** One restart of every server, and where `sessions migrate` then moves what is left. */
interface Step {
  readonly settings: Record<string, string>
  readonly moves?: string
}

/** The steps of docs/engines.md from the database to this engine, and back: the last but one is the first one of the way back. */
function moveAndBack(engine: string): Step[] {
  const there = { SESSION_ENGINE: engine, SESSION_ENGINE_PREVIOUS: 'database' }
  const back = { ...database, SESSION_ENGINE_PREVIOUS: engine }
  return [
    { settings: back },
    { settings: there, moves: engine },
    { settings: back, moves: 'database' },
    { settings: database },
  ]
}

/** Between these two there is nothing to move. */
const cachedAndBack: Step[] = [
  { settings: { SESSION_ENGINE: 'cached-database' } },
  { settings: database },
]

/** A visitor whom any server answers, and the writes that were acknowledged to them. */
interface Shopper {
  readonly visitor: Visitor
  readonly isUser: boolean
  added: number
}

describe.each([
  { where: 'files', steps: moveAndBack('file'), needsRedis: false },
  { where: 'Redis', steps: moveAndBack('cache'), needsRedis: true },
  { where: 'the cached database', steps: cachedAndBack, needsRedis: true },
])('a move to $where', ({ where, steps, needsRedis }) => {
  test.skipIf(needsRedis && redisProgram === null)(
    `two servers move from the database to ${where} and back while visitors write: no visitor is signed out, no update is lost, and nothing that ended comes back`,
    { tags: ['K26'] },
    async () => {
      const redis = needsRedis ? await startRedis() : null
      const shared = {
        DATABASE_URL: `file:${join(folder, `${where}.db`)}`,
        ADMIN_PASSWORD: admin.password,
        ...(redis && { CACHE_URL: redis.url }),
      }
      const start = (settings: object) => startProcess(folder, { ...shared, ...settings })
      const servers: ServerProcess[] = [await start(database), await start(database)]
      /** Those that a proxy would send visitors to. */
      const open = new Set(servers)
      /** How many requests each has not answered yet. */
      const underWay = new Map<ServerProcess, number>()
      const count = (server: ServerProcess, change: number) =>
        underWay.set(server, (underWay.get(server) ?? 0) + change)
      const strange: unknown[] = []
      let isOver = false
      let turn = 0

      /** Asks the next server, as a proxy does. */
      const ask = (shopper: Pick<Shopper, 'visitor'>, query: string, variables?: object) => {
        const all = [...open]
        const server = all[turn++ % all.length]!
        const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', shopper.visitor.cookie)
        count(server, 1)
        const asking = visitor.send(query, variables).finally(() => count(server, -1))
        return asking.then((answer) => {
          shopper.visitor.cookie = visitor.cookie
          return answer
        })
      }
      const newShopper = async (isUser: boolean): Promise<Shopper> => {
        const shopper = { visitor: createVisitor('', 'sessionid', null), isUser, added: 1 }
        await ask(shopper, add, { sku: 'first' })
        if (isUser) await ask(shopper, loginDocument, admin)
        return shopper
      }
      const shop = async (shopper: Shopper) => {
        while (!isOver) {
          const { data, errors } = await ask(shopper, add, { sku: `s${shopper.added % 5}` })
          if (data?.addCartItem?.__typename === 'CartSuccess') shopper.added++
          else strange.push(errors ?? data)
          const seen = (await ask(shopper, look)).data
          if ((seen.me !== null) !== shopper.isUser || seen.cart.totalQuantity !== shopper.added)
            strange.push([shopper.added, seen])
          await sleep(60)
        }
      }

      const shoppers = await Promise.all([false, false, true, true].map(newShopper))
      const left: Shopper[] = []
      const leave = async () => {
        for (const isUser of [false, true]) {
          const shopper = await newShopper(isUser)
          const copy = {
            ...shopper,
            visitor: createVisitor('', 'sessionid', shopper.visitor.cookie),
          }
          await ask(shopper, 'mutation { logout { session { id } } }')
          left.push(copy)
        }
      }
      const idle = await Promise.all([newShopper(false), newShopper(true)])
      const shopping = shoppers.map(shop)
      const restartAll = async (settings: object) => {
        for (const [at, old] of servers.entries()) {
          open.delete(old)
          await expect.poll(() => underWay.get(old) ?? 0).toBe(0)
          await old.stop()
          servers[at] = await start(settings)
          open.add(servers[at])
          await leave()
        }
      }
      await leave()
      for (const { settings, moves } of steps) {
        await restartAll(settings)
        if (moves === undefined) continue
        const migrate = async () => {
          const given = { ...shared, ...settings }
          const { code, output, errors } = await runCommand(folder, ['sessions', 'migrate'], given)
          expect([code, errors]).toEqual([0, ''])
          return output
        }
        expect(await migrate()).toMatch(
          new RegExp(`^Moved [1-9]\\d* sessions to ${moves}\\. Run it again before`),
        )
        await leave()
        // Then no server needs the engine before any more.
        expect(await migrate()).toMatch(/^Moved 0 sessions/)
      }
      isOver = true
      await Promise.all(shopping)

      expect(strange).toEqual([])
      for (const shopper of [...shoppers, ...idle]) {
        const { data } = await ask(shopper, look)
        expect([data.me?.username ?? null, data.cart.totalQuantity]).toEqual([
          shopper.isUser ? admin.username : null,
          shopper.added,
        ])
      }
      for (const shopper of left)
        expect((await ask(shopper, look)).data).toMatchObject({
          me: null,
          session: { id: null },
          cart: { totalQuantity: 0 },
        })
      await Promise.all(servers.map((server) => server.stop()))
      await redis?.stop()
    },
  )
})
