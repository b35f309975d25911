import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSlowFields, createDoor } from '../graphql/slow-fields.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
let patient: TestServer
beforeAll(async () => {
  // Visitors sign in there: a hash may take its time.
  patient = await startServer()
  const settings = { GRAPHQL_TIMEOUT: '1', DATABASE_URL: `file:${patient.folder}/test.db` }
  server = await startServer(settings, { types: addSlowFields })
})
afterAll(async () => {
  await server?.stop()
  await patient?.stop()
})

const signedIn = async (username: string) =>
  server.visitor((await patient.signedIn(username)).cookie)

const timedOut = { code: 'EXECUTION_TIMEOUT', limit: 'GRAPHQL_TIMEOUT' }

test(
  'the server ends an operation that takes too long, and what still runs of it stores nothing',
  { tags: ['E20', 'E15'] },
  async () => {
    const visitor = await signedIn('slow')
    const door = createDoor()
    const { status, data, errors, setCookie } = await visitor.send(
      'mutation ($door: String!) { writeSlowly(door: $door) { __typename } clearSession { __typename } }',
      { door: door.name },
    )
    expect([status, data ?? null, setCookie]).toEqual([503, null, []])
    expect(errors).toMatchObject([{ extensions: timedOut }])

    door.open()
    expect(await visitor.data('{ me { username } session { keys } }')).toEqual({
      me: { username: 'slow' },
      session: { keys: [] },
    })
  },
)

test('the server answers others while an operation takes too long', { tags: ['E20'] }, async () => {
  const door = createDoor()
  const visitor = await signedIn('quick')
  const slow = visitor.send('query ($door: String!) { readSlowly(door: $door) }', {
    door: door.name,
  })
  await door.arrived(1)
  expect((await visitor.send('{ me { username } }')).status).toBe(200)
  expect((await slow).status).toBe(503)
})

test('time in which the process could do nothing ends no operation', async () => {
  const door = createDoor()
  const waiting = server.visitor().send('query ($door: String!) { readSlowly(door: $door) }', {
    door: door.name,
  })
  await door.arrived(1)

  const end = performance.now() + 1500
  while (performance.now() < end);
  await new Promise((done) => setTimeout(done, 10)) // a timer that was due meanwhile comes first
  door.open()

  expect((await waiting).status).toBe(200)
})
