import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newest } from '../../src/auth/lists/keyset.ts'
import { rareBrowsers } from '../../src/auth/sessions/few-sessions.ts'
import { createSessionList } from '../../src/auth/sessions/session-list.ts'
import type { SessionList } from '../../src/auth/sessions/session-list.ts'
import { createSessionSearch } from '../../src/auth/sessions/session-search.ts'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { createStore } from '../session/memory-store.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'

const now = Date.UTC(2026, 0, 15)

/** Letters that a language sorts as one, digits that another reads as a number, and what stands beside them. */
const starts = [
  'aa',
  'aaa',
  'aaaa',
  '1aa',
  'ab',
  'a0',
  'a9',
  'a10',
  'dd',
  'dda',
  'ff',
  'fe',
  'f0',
  'z',
]
const ids = [
  ...new Set(
    starts.flatMap((start) =>
      ['0', '9', 'a', 'd', 'f'].map((next) => `${start}${next}`.padEnd(64, '0')),
    ),
  ),
]

describe.skipIf(postgresqlProgram === null).each([
  ['Danish, to whom aa is a letter behind z', 'da'],
  ['Welsh, to whom dd and ff are letters', 'cy'],
  ['numbers by their values', 'en-u-kn-true'],
])('on a PostgreSQL that sorts as %s', (_, language) => {
  let server: PostgresqlServer
  let db: Database
  let list: SessionList

  beforeAll(async () => {
    server = await startPostgresql()
    const url = await server.database({ language })
    db = await databaseKind(url).open(url, {})
    list = createSessionList({ db, store: createStore(), now: () => now })
    await db.session.createMany({
      data: ids.map((id, at) => ({
        id,
        createdAt: new Date(now - (at >> 3) * 1000),
        lastSeenAt: new Date(now),
        expiresAt: new Date(now + 1000),
        endedAt: at % 4 === 0 ? new Date(now) : null,
        userAgent: `Browser ${id.slice(0, 4)}`,
      })),
    })
  })
  afterAll(async () => {
    await db?.$disconnect()
    await server?.stop()
  })

  test('the first characters of an id find each session that has them, in whatever order the database sorts', async () => {
    for (const length of [1, 2, 3, 4, 8, 64])
      for (const id of ids) {
        const start = id.slice(0, length)
        const found = await list.idsFrom(start, { alive: false, take: 100 })
        expect(found.toSorted()).toEqual(ids.filter((id) => id.startsWith(start)).toSorted())
      }
    expect(await list.idsFrom('aa', { alive: true, take: 100 })).not.toContain(ids[0])
  })

  test('the pages of a list have every session once, in whatever order the database sorts', async () => {
    const users = { find: async () => null }
    const { search } = createSessionSearch({ db, sessions: list, users, now: () => now })
    const found: string[] = []
    let after = null
    do {
      const { rows, next } = await search({ status: 'ANY' }, after, 7)
      found.push(...rows.map(({ id }) => id))
      after = next
    } while (after !== null)
    expect(found.toSorted()).toEqual(ids.toSorted())
    expect(await list.list({ status: 'ANY' }, newest(100))).toHaveLength(ids.length)
  })

  test('a search by a browser’s text passes every text, in whatever order the database sorts', async () => {
    const found = await rareBrowsers(db, { userAgentContains: 'browser a' }, 1_000)
    const texts = ids.filter((id) => id.startsWith('a')).map((id) => `Browser ${id.slice(0, 4)}`)
    expect([found?.areAll, found?.texts.toSorted()]).toEqual([true, [...new Set(texts)].toSorted()])
  })
})
