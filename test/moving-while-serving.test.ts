import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { createVisitor, loginDocument } from './harness.ts'
import type { Visitor } from './harness.ts'
import { runCommand, startProcess } from './process.ts'
import type { ServerProcess } from './process.ts'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-rollout-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const admin = { username: 'admin', password: 'two engines, one session' }
const add =
  'mutation ($sku: ID!) { addCartItem(input: { sku: $sku }) { __typename ... on Error { code } } }'
const look = '{ me { username } session { id } cart { totalQuantity } }'

const shared = { DATABASE_URL: 'file:./rollout.db', ADMIN_PASSWORD: admin.password }
/** The steps of docs/engines.md, one restart of every server each. */
const steps = [
  { SESSION_ENGINE: 'database' },
  { SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: 'file' },
  { SESSION_ENGINE: 'file', SESSION_ENGINE_PREVIOUS: 'database' },
  { SESSION_ENGINE: 'file' },
]

/** A visitor whom any server answers, and the writes that were acknowledged to them. */
interface Shopper {
  readonly visitor: Visitor
  readonly isUser: boolean
  added: number
}

test(
  'two servers move from one engine to another while visitors write: no visitor is signed out, no update is lost, and nothing that ended comes back',
  { tags: ['K26'] },
  async () => {
    const start = (settings: object) => startProcess(folder, { ...shared, ...settings })
    const servers: ServerProcess[] = [await start(steps[0]!), await start(steps[0]!)]
    /** Those that a proxy would send visitors to. */
    const open = new Set(servers)
    const strange: unknown[] = []
    let isOver = false
    let turn = 0

    /** Asks the next server, as a proxy does. */
    const ask = (shopper: Pick<Shopper, 'visitor'>, query: string, variables?: object) => {
      const all = [...open]
      const server = all[turn++ % all.length]!
      const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', shopper.visitor.cookie)
      return visitor.send(query, variables).then((answer) => {
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
        await sleep(30)
      }
    }

    const shoppers = await Promise.all([false, false, true, true].map(newShopper))
    const left: Shopper[] = []
    const leave = async () => {
      for (const isUser of [false, true]) {
        const shopper = await newShopper(isUser)
        const copy = { ...shopper, visitor: createVisitor('', 'sessionid', shopper.visitor.cookie) }
        await ask(shopper, 'mutation { logout { session { id } } }')
        left.push(copy)
      }
    }
    const idle = await Promise.all([newShopper(false), newShopper(true)])
    const shopping = shoppers.map(shop)
    const restartAll = async (settings: object) => {
      for (const [at, old] of servers.entries()) {
        open.delete(old)
        await sleep(200) // what is under way is answered
        await old.stop()
        servers[at] = await start(settings)
        open.add(servers[at])
        await leave()
      }
    }
    await leave()
    await restartAll(steps[1]!)
    await restartAll(steps[2]!)
    const { code, output, errors } = await runCommand(folder, ['sessions', 'migrate'], {
      ...shared,
      ...steps[2],
    })
    expect([code, errors]).toEqual([0, ''])
    expect(output).toMatch(/^Moved \d+ sessions to file\. Run it again before/)
    await leave()
    await restartAll(steps[3]!)
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
  },
)
