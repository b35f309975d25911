import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { startServer } from '../harness.ts'
import { redisProgram, startRedis } from '../redis-server.ts'
import { signedInStaff, textOf } from './client.ts'
import type { PageClient } from './client.ts'

/** A server with a member of staff, who is signed in. It stops when the test ends, whatever became of it. */
async function startWithStaff(settings: Record<string, string>) {
  const server = await startServer({ ...settings, SESSION_STORE_TIMEOUT: '2000' })
  onTestFinished(() => server.stop())
  const account = { username: 'chief', password: 'correct horse battery staple', isStaff: true }
  await server.app.users.create(account)
  return { server, staff: await signedInStaff(server) }
}

/** What the front page says once it says `text`: a part that hangs is given up after a while. */
async function untilItSays(staff: PageClient, text: RegExp) {
  const ask = async () => {
    const { status, html } = await staff.get('?page=home')
    expect(textOf(html)).toMatch(text)
    return { status, text: textOf(html) }
  }
  return vi.waitFor(ask, { timeout: 60_000, interval: 100 })
}

test('where the database is out, a page of /admin is answered 503, and says so of the database and of the sessions in it', async () => {
  const { server, staff } = await startWithStaff({})
  const well = await staff.get('?page=home')
  expect(textOf(well.html)).toMatch(
    /The database answers The session store answers: it is the database The bus not needed/,
  )
  await server.app.db.$disconnect()
  const page = await untilItSays(staff, /The database does not answer: the log says why/)
  expect(page.status).toBe(503)
  expect(page.text).toContain('The session store is the database')
})

test('where the database does not have the sessions of guests, the front page of /admin counts none', async () => {
  const { server, staff } = await startWithStaff({
    SESSION_ENGINE: 'file',
    SESSION_FILE_PATH: mkdtempSync(join(tmpdir(), 'coatcheck-files-')),
  })
  await server.visitor().data('mutation { addCartItem(input: { sku: "hat" }) { __typename } }')
  const text = textOf((await staff.get('?page=home')).html)
  expect(text).toMatch(/1 Active sessions 1 Signed in/)
  expect(text).not.toContain('Guests')
})

test('where cookies carry the sessions, the front page of /admin says that no store is needed', async () => {
  const { staff } = await startWithStaff({ SESSION_ENGINE: 'signed-cookies' })
  expect(textOf((await staff.get('?page=home')).html)).toMatch(
    /The database answers The session store not needed: cookies carry the sessions/,
  )
})

describe.skipIf(redisProgram === null)('with a Redis that is killed', () => {
  test('where the session store is out, a page of /admin says so, and that the database answers', async () => {
    const { redis, staff } = await withRedis('cache')
    const well = textOf((await staff.get('?page=home')).html)
    expect(well).toMatch(/The database answers The session store answers The bus carries by Redis/)
    await redis.kill()
    const page = await untilItSays(staff, /The session store does not answer: the log says why/)
    expect(page.status).toBe(503)
    expect(page.text).toContain('The database answers')
  })

  test('where the bus and the cache are out, the front page of /admin works, and says so of both', async () => {
    const { redis, staff } = await withRedis('cached-database')
    const well = textOf((await staff.get('?page=home')).html)
    expect(well).toMatch(/answers: it is the database The cache answers The bus carries by Redis/)
    await redis.kill()
    await untilItSays(staff, /The bus is down: other processes learn later of a session that ends/)
    const page = await untilItSays(staff, /The cache does not answer: the log says why/)
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('Newest events')])
    expect(page.text).toContain('The database answers')
  })

  /** A server with a Redis of its own, which each test kills. */
  async function withRedis(engine: string) {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    return { redis, ...(await startWithStaff({ SESSION_ENGINE: engine, CACHE_URL: redis.url })) }
  }
})
