import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import { databaseKind } from '../../src/database/database.ts'
import { moveRecords } from '../../src/session/moving/move-all.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { describePromises } from '../promises.ts'
import { createStore } from '../session/memory-store.ts'

// While the promises are held, every session moves from memory to the database and back, again and again.
const folder = mkdtempSync(join(tmpdir(), 'coatcheck-moving-'))
const url = `file:${join(folder, 'moving.db')}`
const memory = createStore()
let isOver = false
let moving = Promise.resolve()

beforeAll(async () => {
  await databaseKind(url).migrate(url)
  const db = await databaseKind(url).open(url, {})
  const stores = [memory, createDatabaseStore(db)] as const
  moving = moveBackAndForth().finally(() => db.$disconnect())

  async function moveBackAndForth(): Promise<void> {
    for (let pass = 0; !isOver; pass++) {
      const [from, to] = pass % 2 === 0 ? stores : stores.toReversed()
      for await (const _progress of moveRecords({ from: from!, to: to!, now: () => 0 })) {
        if (isOver) return
        await sleep(1)
      }
      await sleep(20)
    }
  }
})
afterAll(async () => {
  isOver = true
  await moving
  rmSync(folder, { recursive: true, force: true })
})

describePromises(
  'two engines between which sessions move',
  () => ({ SESSION_ENGINE_PREVIOUS: 'database', DATABASE_URL: url }),
  {},
  { engine: () => memory },
)
