import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AuthenticationBackend } from '../../src/auth/logins/backend.ts'
import { BackendFailed, holdToContract } from '../../src/auth/logins/custom-backend.ts'
import { InvalidCredentials, SessionStoreUnavailable, TooManyAttempts } from '../../src/refusals.ts'
import type { User } from '../../src/auth/users/user.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
let ada: User
beforeAll(async () => {
  server = await startServer()
  ada = await server.app.users.create({ username: 'ada', password: null })
})
afterAll(() => server?.stop())

/** What comes of a backend whose answer is that of `answer`. */
const ask = async (answer: () => unknown, timeout = 20_000) => {
  const backend = { name: 'mine', authenticate: answer } as unknown as AuthenticationBackend
  const held = holdToContract(backend, { users: server.app.users, timeout })
  return held.authenticate({ username: 'ada', password }, { address: null, request: null })
}

test('a backend may answer with a user of this database, null or a veto', async () => {
  expect(await ask(async () => ada)).toEqual(ada)
  expect(await ask(() => ada)).toEqual(ada)
  expect(await ask(async () => null)).toBeNull()
  expect(await ask(async () => 'veto')).toBe('veto')
})

test('the server reads the user that a backend gives again: no backend makes them staff, or lets an inactive user in', async () => {
  expect(await ask(() => ({ ...ada, isStaff: true, username: 'root' }))).toEqual(ada)
  const ben = await server.app.users.create({ username: 'ben', password: null })
  await server.app.db.user.update({ where: { id: ben.id }, data: { isActive: false } })
  expect(await ask(() => ben)).toMatchObject({ isActive: false })
})

test('a user whom a backend read before a change of password keeps the old epoch, and cannot log in', async () => {
  const carl = await server.app.users.create({ username: 'carl', password: null })
  const by = { actorId: null, sessionId: null, client: null }
  await server.app.users.setPassword(carl, password, by)
  expect(await ask(() => carl)).toMatchObject({ epoch: carl.epoch })
})

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'answered with neither'],
  ['true', true, 'answered with neither'],
  ['an object without an id', { isActive: true }, 'answered with neither'],
  ['an id alone', { id: 'x' }, 'answered with neither'],
  ['a user of another database', { id: 'x', epoch: 0, isActive: true }, 'not in this database'],
])(
  'a backend that answers with %s has failed, and its name is in the error',
  async (_what, answer, sentence) => {
    const asking = ask(async () => answer)
    await expect(asking).rejects.toBeInstanceOf(BackendFailed)
    await expect(asking).rejects.toThrow(sentence)
    await expect(asking).rejects.toThrow('"mine"')
  },
)

test('a backend that throws, rejects or hangs has failed, and the cause is kept', async () => {
  const cause = new Error('The directory is away.')
  const throws = () => {
    throw cause
  }
  await expect(ask(throws)).rejects.toMatchObject({ name: 'BackendFailed', cause })
  await expect(ask(() => Promise.reject(cause))).rejects.toMatchObject({ cause })
  const hanging = ask(() => new Promise(() => {}), 1)
  await expect(hanging).rejects.toMatchObject({ cause: { message: 'It did not answer in time.' } })
})

test.each([
  new InvalidCredentials(),
  new TooManyAttempts(60),
  new SessionStoreUnavailable(new Error('away')),
])('a backend may throw %s, which the visitor gets as it is', async (error) => {
  await expect(ask(() => Promise.reject(error))).rejects.toBe(error)
})
