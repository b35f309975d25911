import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { databaseKind } from '../../src/database/database.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { createStore } from './memory-store.ts'

describeSessionStore('memory', createStore)

describeSessionStore('database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-store-'))
  const url = `file:${join(folder, 'store.db')}`
  const { migrate, open } = databaseKind(url)
  await migrate(url)
  const db = await open(url, {})
  return {
    ...createDatabaseStore(db),
    async close() {
      await db.$disconnect()
      rmSync(folder, { recursive: true })
    },
  }
})
