import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startServer } from './harness.ts'
import { memcachedProgram, startMemcached } from './memcached-server.ts'
import type { MemcachedServer } from './memcached-server.ts'
import { parseMetrics } from './metrics/parse.ts'
import { runCommand } from './process.ts'

const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ me { username } cart { totalQuantity } }'
const age = { SESSION_ABSOLUTE_AGE: '2592000' }
const leaves =
  'With SESSION_ENGINE_PREVIOUS, the servers move each session when its visitor next writes to it. Take it out once every server has had it for SESSION_ABSOLUTE_AGE (2592000 seconds).'

/** A folder with a database, until the test is over. */
async function migratedFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-leaving-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const DATABASE_URL = `file:${join(folder, 'shop.db')}`
  await runCommand(folder, ['migrate'], { DATABASE_URL })
  return { folder, DATABASE_URL }
}

describe.skipIf(memcachedProgram === null)('from Memcached to the database', () => {
  let memcached: MemcachedServer
  beforeAll(async () => {
    memcached = await startMemcached()
  })
  afterAll(() => memcached.stop())
  const on = (DATABASE_URL: string) => ({
    ...age,
    DATABASE_URL,
    CACHE_URL: `memcached://${memcached.name}`,
    METRICS_PORT: '0',
  })
  const both = { SESSION_ENGINE: 'database', SESSION_ENGINE_PREVIOUS: 'cache' }

  test('each session moves by its next write, which counts as no conflict and no replay, and check says so before and after', async () => {
    const { folder, DATABASE_URL } = await migratedFolder()
    // Its lines are wrapped.
    const check = async () =>
      (await runCommand(folder, ['check'], { ...on(DATABASE_URL), ...both })).output.replaceAll(
        /\s+/g,
        ' ',
      )
    const old = await startServer({ ...on(DATABASE_URL), SESSION_ENGINE: 'cache' })
    onTestFinished(() => old.stop())
    const ada = await old.signedIn('ada')
    await ada.data(add)
    const before = await check()
    expect(before).toContain('the engine database has 0.')
    expect(before).toContain(leaves)

    const server = await startServer({ ...on(DATABASE_URL), ...both })
    onTestFinished(() => server.stop())
    const same = server.visitor(ada.cookie)
    await same.data(add)
    expect(await same.data(look)).toEqual({ me: { username: 'ada' }, cart: { totalQuantity: 2 } })
    expect(await memcached.dump()).not.toContain('session')
    const metrics = parseMetrics((await server.app.metrics?.text()) ?? '')
    const saves = { operation: 'save' }
    expect(metrics.value('coatcheck_store_call_duration_seconds_count', saves)).toBeGreaterThan(0)
    expect(metrics.value('coatcheck_store_conflicts_total', saves) ?? 0).toBe(0)
    expect(metrics.value('coatcheck_session_replays_total') ?? 0).toBe(0)

    const after = await check()
    expect(after).toContain('the engine database has 1.')
    expect(after).toContain(leaves)
    expect(after).not.toContain('sessions migrate')
  })

  test(
    'sessions migrate exits with 1 and says that each session moves when it is next written',
    { tags: ['G8'] },
    async () => {
      const { folder, DATABASE_URL } = await migratedFolder()
      const settings = { ...on(DATABASE_URL), ...both }
      const message = `cache cannot list what it holds, so no command moves its sessions. ${leaves}`
      const { code, errors } = await runCommand(folder, ['sessions', 'migrate'], settings)
      expect([code, errors]).toEqual([1, `${message}\n`])
      const json = await runCommand(folder, ['sessions', 'migrate', '--json'], settings)
      expect([json.code, JSON.parse(json.output)]).toEqual([1, { error: { message, exitCode: 1 } }])
    },
  )
})

test.each([
  ['database', 'the servers move each session when its visitor next writes to it.'],
  ['cache', 'each session stays open where it is until it expires.'],
])(
  'sessions migrate from an engine of the host that cannot list, to %s, says that with SESSION_ENGINE_PREVIOUS %s',
  async (SESSION_ENGINE, way) => {
    const { folder, DATABASE_URL } = await migratedFolder()
    writeFileSync(
      join(folder, 'engine.mjs'),
      `const call = async () => null
       export const createStore = () => ({ load: call, create: call, save: call, delete: call, clearExpired: call })`,
    )
    const settings = {
      DATABASE_URL,
      SESSION_ENGINE,
      SESSION_ENGINE_PREVIOUS: './engine.mjs',
      CACHE_URL: 'memcached://127.0.0.1:1',
      SESSION_ABSOLUTE_AGE: '0',
    }
    const { code, errors } = await runCommand(folder, ['sessions', 'migrate'], settings)
    expect(code).toBe(1)
    expect(errors).toContain('./engine.mjs cannot list what it holds, so no command moves')
    expect(errors).toContain(`With SESSION_ENGINE_PREVIOUS, ${way} Take it out once`)
    expect(errors).toContain('SESSION_ABSOLUTE_AGE=0 sets no limit')
  },
)
