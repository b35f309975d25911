import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createAuditList } from '../../src/auth/audit/audit-list.ts'
import type { AuditFilter } from '../../src/auth/audit/audit-list.ts'
import { newestEvents } from '../../src/auth/audit/newest-events.ts'
import { newest } from '../../src/auth/lists/keyset.ts'
import { newestUsers } from '../../src/auth/users/newest-users.ts'
import { createUserList } from '../../src/auth/users/user-list.ts'
import { databaseKind } from '../../src/database/database.ts'

test('audit list and users list at the shell show what the lists of staff show, in their order, and go on behind each of their entries', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-newest-'))
  const url = `file:${join(folder, 'test.db')}`
  await databaseKind(url).migrate(url)
  const db = await databaseKind(url).open(url, {})
  try {
    const names = ['ada', 'ben']
    for (const name of names)
      await db.user.create({
        data: { id: name, username: name, usernameKey: name, passwordHash: '' },
      })
    const people = [...names, null]
    // Each with each, some of them at one instant.
    const events = people.flatMap((actorId) => people.map((subjectId) => ({ actorId, subjectId })))
    for (const [count, who] of [...events, ...events].entries())
      await db.auditEvent.create({
        data: {
          ...who,
          id: `e${count % 5}${count}`,
          at: new Date(1e12 + Math.floor(count / 3) * 1000),
          type: count % 2 === 0 ? 'LOGIN' : 'LOGOUT',
        },
      })
    const audit = createAuditList(db)
    const [since, until] = [new Date(1e12 + 1000), new Date(1e12 + 4000)]
    const filters: AuditFilter[] = [{}, { since }, { until }, { since, until }].flatMap((span) =>
      [{}, { type: 'LOGIN' as const }].flatMap((ofType) =>
        [{}, { userId: 'ada' }].map((ofUser) => ({ ...span, ...ofType, ...ofUser })),
      ),
    )
    for (const filter of filters)
      for (const take of [1, 4, 50]) {
        const listed = (await audit.list(filter, newest(take))).map(
          ({ actor, subject, ...event }) => ({
            ...event,
            actor: actor && { id: actor.id, username: actor.username },
            subject: subject && { id: subject.id, username: subject.username },
          }),
        )
        expect(await newestEvents(db, { ...filter, take })).toEqual(listed)
        expect(listed.length).toBeGreaterThan(0)
        for (const [at, after] of listed.entries()) {
          const behind = await newestEvents(db, { ...filter, after, take: 2 })
          expect([filter, behind.slice(0, take - at - 1)]).toEqual([
            filter,
            listed.slice(at + 1, at + 3),
          ])
        }
      }
    const users = await newestUsers(db, 5)
    expect(users).toEqual(await createUserList(db).list(null, newest(5)))
    const [first] = users
    const place = first ? { at: first.dateJoined, id: first.id } : null
    expect(await newestUsers(db, 5, place)).toEqual(users.slice(1))
    expect((await newestUsers(db, 5)).map(({ id }) => id).sort()).toEqual(names)
    expect(await newestUsers(db, 1)).toHaveLength(1)
  } finally {
    await db.$disconnect()
    rmSync(folder, { recursive: true })
  }
})
