import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/database.ts'
import { applyMigrations } from '../../src/migrations.ts'
import { createDatabaseStore } from '../../src/session/stores/database.ts'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { createStore } from './memory-store.ts'

describeSessionStore('memory', createStore)

describeSessionStore('database', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-store-'))
  const path = join(folder, 'store.db')
  const db = await openDatabase(`file:${path}`)
  applyMigrations(path)
  return {
    ...createDatabaseStore(db),
    async close() {
      await db.$disconnect()
      rmSync(folder, { recursive: true })
    },
  }
})
