import { expect, test } from 'vitest'
import { startServer } from '../harness.ts'

test(
  'a page of a hundred costs as many statements as a page of one, users included',
  { tags: ['E26'] },
  async () => {
    const statements: string[] = []
    const server = await startServer({}, { onStatement: (sql) => statements.push(sql) })
    const staff = await server.signedIn('chief', { isStaff: true })
    const { db } = server.app
    const now = Date.now()
    const planted = Array.from({ length: 120 }, (_, at) => ({
      id: `id${at}`,
      username: `user${at}`,
    }))
    await db.user.createMany({
      data: planted.map(({ id, username }) => ({
        id,
        username,
        usernameKey: username,
        passwordHash: 'none',
      })),
    })
    await db.session.createMany({
      data: planted.map(({ id }) => ({
        id: `session${id}`,
        userId: id,
        epoch: 0,
        createdAt: new Date(now),
        lastSeenAt: new Date(now),
        expiresAt: new Date(now + 300_000),
        data: '{}',
      })),
    })
    const costOf = async (list: string, size: number) => {
      statements.length = 0
      const answer = await staff.data(`{ ${list.replace('SIZE', `first: ${size}`)} }`)
      expect(Object.values<{ nodes: unknown[] }>(answer)[0]!.nodes).toHaveLength(size)
      return statements.length
    }
    for (const list of [
      'sessions(SIZE) { totalCount nodes { id isCurrent data user { username } } }',
      'users(SIZE) { totalCount nodes { id username } }',
    ])
      expect([list, await costOf(list, 100)]).toEqual([list, await costOf(list, 1)])
    await server.stop()
  },
)

test('lists within a list share one budget of rows', { tags: ['E26', 'E11'] }, async () => {
  const server = await startServer()
  const staff = await server.signedIn('chief', { isStaff: true })
  const nested = (size: number) =>
    staff.send(`{ users(first: ${size}) { nodes { sessions(first: ${size}) { nodes { id } } } } }`)
  expect((await nested(10)).errors).toBeUndefined()
  const { db } = server.app
  await db.user.createMany({
    data: Array.from({ length: 40 }, (_, at) => ({
      username: `user${at}`,
      usernameKey: `user${at}`,
      passwordHash: 'none',
    })),
  })
  const { errors } = await nested(40)
  expect(errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT', limit: 'GRAPHQL_MAX_ROWS' })
  await server.stop()
})
