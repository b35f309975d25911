import type * as Argon2 from '@node-rs/argon2'
import { beforeEach, expect, test, vi } from 'vitest'
import { createPasswordHasher } from '../../src/auth/passwords/password.ts'
import { createUser } from '../../src/auth/users/new-user.ts'
import { loginDocument, password, startServer } from '../harness.ts'

/** What argon2 says on a machine without memory to spare, for as many calls as are asked for. */
const shortage = vi.hoisted(() => ({ hash: 0, verify: 0 }))
vi.mock('@node-rs/argon2', async (original) => {
  const argon2 = await original<typeof Argon2>()
  const unless = (kind: keyof typeof shortage) => {
    if (shortage[kind]-- > 0) throw new Error('Memory allocation error')
  }
  return {
    ...argon2,
    hash: async (...given: Parameters<typeof argon2.hash>) => (
      unless('hash'),
      argon2.hash(...given)
    ),
    verify: async (...given: Parameters<typeof argon2.verify>) => (
      unless('verify'),
      argon2.verify(...given)
    ),
  }
})
beforeEach(() => Object.assign(shortage, { hash: 0, verify: 0 }))

test(
  'the first hash that fails for want of memory is made again by the next check',
  { tags: ['D27'] },
  async () => {
    const stored = await createPasswordHasher().hash(password)
    const { verify } = createPasswordHasher()
    shortage.hash = 1
    await expect(verify(stored, password)).rejects.toThrow('Memory allocation error')
    expect(await verify(stored, password)).toBe(true)
    expect(await verify(null, password)).toBe(false)
  },
)

test(
  'a check that fails for want of memory rejects, and does not call the password wrong',
  { tags: ['D27'] },
  async () => {
    const { hash, verify } = createPasswordHasher()
    const stored = await hash(password)
    shortage.verify = 1
    await expect(verify(stored, password)).rejects.toThrow('Memory allocation error')
    expect(await verify(stored, password)).toBe(true)
  },
)

test(
  'a login that meets a fault of the hasher is an error, does not count as a guess, and works the next time',
  { tags: ['D27'] },
  async () => {
    const server = await startServer()
    await createUser(server.app.db, server.app.passwords, { username: 'ada', password })
    const login = () => server.visitor().send(loginDocument, { username: 'ada', password })
    for (let at = 0; at < 7; at++) {
      shortage.verify = 1
      expect((await login()).errors?.[0].extensions.code).toBe('INTERNAL_SERVER_ERROR')
    }
    expect((await login()).data.login.__typename).toBe('LoginSuccess')
    await server.stop()
  },
)

test('a hasher that was warmed computes one hash for its first check, as for every other', async () => {
  const hasher = createPasswordHasher()
  await hasher.warm()
  shortage.hash = 1
  expect(await hasher.verify(null, password)).toBe(false)
  expect(shortage.hash).toBe(1)
})
