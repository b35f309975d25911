import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { newest } from '../../src/auth/lists/keyset.ts'
import { newestSessions } from '../../src/auth/sessions/newest-sessions.ts'
import { sessionStatuses } from '../../src/auth/sessions/session-filter.ts'
import { createSessionList } from '../../src/auth/sessions/session-list.ts'
import { databaseKind } from '../../src/database/database.ts'
import { createStore } from '../session/memory-store.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-newest-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const now = Date.UTC(2026, 0, 15)

const media = [
  {
    name: 'SQLite',
    isThere: true,
    open: async () => ({ url: `file:${join(folder, 'a.db')}`, stop: async () => {} }),
  },
  {
    name: 'PostgreSQL',
    isThere: postgresqlProgram !== null,
    open: async () => {
      const server = await startPostgresql()
      return { url: await server.database(), stop: () => server.stop() }
    },
  },
]

describe.each(media)('on $name', ({ isThere, open }) => {
  test.skipIf(!isThere)(
    'the list at the shell is the list that staff see, for each status and user, and goes on behind each of its entries',
    async () => {
      const { url, stop } = await open()
      const kind = databaseKind(url)
      await kind.migrate(url)
      const db = await kind.open(url, {})
      const user = await db.user.create({
        data: { username: 'Ada', usernameKey: 'ada', passwordHash: '' },
      })
      for (let at = 0; at < 12; at++) {
        await db.session.create({
          data: {
            id: `${at}`.padStart(64, '0'),
            userId: at % 3 === 0 ? null : user.id,
            // Some begin at one instant: then the id decides.
            createdAt: new Date(now - Math.floor(at / 2) * 1000),
            lastSeenAt: new Date(now - at),
            expiresAt: new Date(now + (at % 4 === 0 ? 0 : 1000)),
            endedAt: at % 5 < 2 ? new Date(now - 1) : null,
            endReason: ['REVOKED', 'EXPIRED'][at % 5] ?? null,
            ipAddress: '192.0.2.1',
            userAgent: null,
          },
        })
      }
      const list = createSessionList({ db, store: createStore(), now: () => now })
      for (const status of sessionStatuses) {
        for (const username of [undefined, 'ADA', 'grace', 'a\0b', 'x'.repeat(1000)]) {
          const shown = await newestSessions(db, { status, username, take: 5, now })
          const filter = { status, ...(username !== undefined && { username }) }
          const seen = await list.list(filter, newest(5))
          const expected = seen.map(({ user, ...rest }) => ({
            ...rest,
            user: user && { id: user.id, username: user.username },
          }))
          expect([status, username, shown]).toEqual([status, username, expected])
        }
      }
      expect((await newestSessions(db, { status: 'ANY', take: 50, now })).length).toBe(12)
      for (const username of [undefined, 'ada']) {
        const options = { status: 'ANY', username, now } as const
        const all = await newestSessions(db, { ...options, take: 50 })
        for (const [at, { createdAt, id }] of all.entries()) {
          const after = { at: createdAt, id }
          const behind = await newestSessions(db, { ...options, after, take: 3 })
          expect([username, at, behind]).toEqual([username, at, all.slice(at + 1, at + 4)])
        }
      }
      await db.$disconnect()
      await stop()
    },
  )
})
