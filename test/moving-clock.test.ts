import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createVisitor } from './harness.ts'
import { postgresqlProgram, startPostgresql } from './postgresql-server.ts'
import type { PostgresqlServer } from './postgresql-server.ts'
import { runCommand, startProcess } from './process.ts'

let folder: string
let postgresql: PostgresqlServer
beforeAll(async () => {
  if (postgresqlProgram === null) return
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-clock-'))
  postgresql = await startPostgresql()
})
afterAll(async () => {
  if (postgresqlProgram === null) return
  await postgresql.stop()
  rmSync(folder, { recursive: true, force: true })
})

test.skipIf(postgresqlProgram === null)(
  'a move of sessions on a machine whose clock is 45 minutes ahead of PostgreSQL moves nothing, names the clocks and exits with 1',
  async () => {
    const ahead = join(folder, 'ahead.cjs')
    writeFileSync(ahead, 'const { now } = Date; Date.now = () => now() + 45 * 60_000')
    const shop = { DATABASE_URL: await postgresql.database(), SESSION_COOKIE_AGE: '1800' }
    const settings = { ...shop, SESSION_ENGINE: 'file', SESSION_ENGINE_PREVIOUS: 'database' }
    const back = { ...shop, SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: 'file' }
    const server = await startProcess(folder, back)
    const visitor = createVisitor(`${server.url}/graphql`, 'sessionid', null)
    await visitor.data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
    const migrate = (more = {}) =>
      runCommand(folder, ['sessions', 'migrate'], { ...settings, ...more })
    const wrong = await migrate({ NODE_OPTIONS: `--require=${ahead}` })
    expect([wrong.code, wrong.output]).toEqual([1, ''])
    expect(wrong.errors).toMatch(/clocks of this machine and of the database are 2\d\d\d s apart/)
    expect((await migrate()).output).toMatch(/^Moved 1 session to file\. Run it again/)
    expect((await visitor.data('{ cart { totalQuantity } }')).cart.totalQuantity).toBe(1)
    await server.stop()
  },
)
