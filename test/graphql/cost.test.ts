import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createClock, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const statements: string[] = []
const clock = createClock()
const byPrimaryKey =
  /^(SEARCH \S+ USING INDEX sqlite_autoindex_(User|Session)_1 \(id=\?\)( LEFT-JOIN)?)$/
let server: TestServer

beforeAll(async () => {
  server = await startServer({}, { now: clock.now, onStatement: (sql) => statements.push(sql) })
})
beforeEach(() => {
  statements.length = 0
})
afterAll(() => server.stop())

const writes = () => statements.filter((sql) => !/^(SELECT|PRAGMA)/i.test(sql.trim()))

test('{ __typename } runs no statement, with a cookie or without', async () => {
  const ada = await server.signedIn('ada')
  statements.length = 0
  const { headers } = await ada.send('{ __typename }')
  await server.visitor().send('{ __typename }')
  expect(statements).toEqual([])
  expect(headers.get('vary')).toBeNull()
})

test('an anonymous read of everything runs no statement and sets no cookie', async () => {
  const { setCookie, headers } = await server
    .visitor()
    .send('{ me { id } session { id keys isEmpty } preferences { theme } cart { totalQuantity } }')
  expect(statements).toEqual([])
  expect(setCookie).toEqual([])
  expect(headers.get('vary')).toBe('Cookie')
})

test(
  'an authenticated { me { username } } runs one statement, by primary keys, and no write',
  { tags: ['C12'] },
  async () => {
    const grace = await server.signedIn('grace')
    statements.length = 0
    expect((await grace.data('{ me { username } }')).me).toEqual({ username: 'grace' })
    expect(statements).toHaveLength(1)
    const ran = [...statements] // the plans below are statements too
    for (const sql of ran) {
      const plan = await server.app.db.$queryRawUnsafe<{ detail: string }[]>(
        `EXPLAIN QUERY PLAN ${sql}`,
      )
      for (const { detail } of plan) expect(detail).toMatch(byPrimaryKey)
    }
  },
)

test('fields and aliases share one load of the session', async () => {
  const edith = await server.signedIn('edith')
  statements.length = 0
  await edith.data(
    '{ me { id } a: me { username } session { id user { id } keys } cart { totalQuantity } }',
  )
  expect(statements).toHaveLength(1)
})

test('a read writes once a tenth of the idle age, and not before', { tags: ['B11'] }, async () => {
  const mary = await server.signedIn('mary')
  clock.advance(29_999)
  statements.length = 0
  await mary.data('{ me { id } }')
  expect(writes()).toEqual([])
  clock.advance(1)
  await mary.data('{ me { id } }')
  expect(writes().filter((sql) => sql.startsWith('UPDATE'))).toHaveLength(1)
})

test(
  'a cookie whose session is unknown costs one statement, and a malformed one none',
  { tags: ['A8'] },
  async () => {
    await server.visitor('A'.repeat(43)).send('{ me { id } }')
    expect(statements).toHaveLength(1)
    statements.length = 0
    await server.visitor("' OR 1=1 --").send('{ me { id } }')
    expect(statements).toEqual([])
  },
)
