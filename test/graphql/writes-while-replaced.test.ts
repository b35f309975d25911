import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loginDocument, password, startServer } from '../harness.ts'
import type { TestServer, Visitor } from '../harness.ts'
import { createPromise } from '../../src/waiting/open-promise.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import type { RedisServer } from '../redis-server.ts'

const addItem =
  'mutation { addCartItem(input: { sku: "hat" }) { __typename ... on Error { code } } }'
const look = '{ me { username } cart { totalQuantity } }'

const engines = ['database', 'cached-database', 'cache', 'file'] as const

describe.each(engines)(
  'on the engine %s, a write of one process, while another process changes the key of its session',
  (engine) => {
    const needsRedis = engine === 'cache' || engine === 'cached-database'
    describe.skipIf(needsRedis && redisProgram === null)(needsRedis ? 'over Redis' : '', () => {
      const folder = mkdtempSync(join(tmpdir(), 'coatcheck-replaced-'))
      let redis: RedisServer | null = null
      let changing: TestServer
      let writing: TestServer
      beforeAll(async () => {
        if (needsRedis) redis = await startRedis()
        const settings = {
          DATABASE_URL: `file:${join(folder, 'test.db')}`,
          SESSION_ENGINE: engine,
          SESSION_FILE_PATH: join(folder, 'sessions'),
          CACHE_URL: redis?.url ?? '',
        }
        changing = await startServer(settings)
        writing = await startServer(settings)
      })
      afterAll(async () => {
        await changing?.stop()
        await writing?.stop()
        await redis?.stop()
        rmSync(folder, { recursive: true, force: true })
      })

      test('is refused once it has waited, as are those beside it, and nothing is stored, where the change stands still', async () => {
        const { caller, tab, asking, goOn } = await midway('hopper')
        const answers = await Promise.all(Array.from({ length: 8 }, () => tab.send(addItem)))
        const busy = [{ extensions: { code: 'SESSION_BUSY' } }]
        for (const { errors } of answers) expect(errors).toMatchObject(busy)
        goOn()
        expect((await asking).data.login.__typename).toBe('LoginSuccess')
        expect(await caller.data(look)).toEqual({
          me: { username: 'hopper' },
          cart: { totalQuantity: 1 },
        })
      })

      test('waits, and is told that the session is over under its key, where the change succeeds', async () => {
        const { caller, tab, asking, goOn } = await midway('lovelace')
        const adding = tab.send(addItem)
        await looksAgain(tab)
        goOn()
        expect((await asking).data.login.__typename).toBe('LoginSuccess')
        expect((await adding).data.addCartItem.code).toBe('SESSION_INTERRUPTED')
        expect((await caller.data(look)).cart).toEqual({ totalQuantity: 1 })
      })

      test('waits, and is stored, where the change fails', async () => {
        const { caller, tab, asking, fail } = await midway('noether')
        const adding = tab.send(addItem)
        await looksAgain(tab)
        fail(new Error('The disk is full.'))
        expect((await asking).errors).toHaveLength(1)
        expect((await adding).data.addCartItem.__typename).toBe('CartSuccess')
        expect(await caller.data(look)).toEqual({
          me: { username: 'noether' },
          cart: { totalQuantity: 2 },
        })
      })

      /** A second login of a user with one thing in the cart, held before it ends the record under the old key. */
      async function midway(username: string) {
        const caller = await changing.signedIn(username)
        await caller.data(addItem)
        const tab = writing.visitor(caller.cookie)
        const { store } = changing.app.settings
        const { save } = store
        const reached = createPromise<void>()
        const held = createPromise<void>()
        Object.assign(store, {
          save: async (...words: Parameters<typeof save>) => {
            reached.resolve()
            await held.promise
            return save(...words)
          },
        })
        const asking = caller
          .send(loginDocument, { username, password })
          .finally(() => Object.assign(store, { save }))
        await reached.promise
        return { caller, tab, asking, goOn: held.resolve, fail: held.reject }
      }

      /** Reads meanwhile, which shows that the key opens the session still. */
      async function looksAgain(tab: Visitor): Promise<void> {
        expect((await tab.data(look)).cart).toEqual({ totalQuantity: 1 })
      }
    })
  },
)
