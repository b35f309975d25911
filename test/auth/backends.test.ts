import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackendUnusable, openBackends } from '../../src/auth/logins/backends.ts'
import type { AuthenticationBackend } from '../../src/auth/logins/backend.ts'
import { createUser } from '../../src/auth/users/user.ts'
import { patientDatabase } from '../dependency.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

describe('authentication backends', () => {
  let folder: string
  let server: TestServer
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'coatcheck-backends-'))
    server = await startServer()
    const make = (username: string, email: string) =>
      createUser(server.app.db, server.app.passwords, { username, email, password })
    await make('ada', 'ada@shop.example')
    await make('one', 'shared@shop.example')
    await make('two', 'shared@shop.example')
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const open = (...names: string[]) =>
    openBackends(names, {
      db: server.app.db,
      passwords: server.app.passwords,
      database: patientDatabase(),
      users: server.app.users,
    })
  const module = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const found = async (
    backend: AuthenticationBackend | undefined,
    username: string,
    secret = password,
  ) => backend?.authenticate({ username, password: secret })

  test('authentication backends come in the order of their names', async () => {
    const backends = await open('email', 'password')
    expect(backends.map(({ name }) => name)).toEqual(['email', 'password'])
  })

  test('the email backend finds the user who has the address, and no user by their username', async () => {
    const [email] = await open('email')
    expect(await found(email, 'ada@shop.example')).toMatchObject({ username: 'ada' })
    expect(await found(email, 'ADA@shop.example')).toMatchObject({ username: 'ada' })
    expect(await found(email, 'ada@shop.example', 'wrong password')).toBeNull()
    expect(await found(email, 'ada')).toBeNull()
  })

  test('the email backend finds the oldest user who has an address, in any case and with white space around it', async () => {
    const [email] = await open('email')
    for (const address of ['shared@shop.example', ' Shared@SHOP.example\u00a0'])
      expect(await found(email, address)).toMatchObject({ username: 'one' })
  })

  test('the user that a backend gives has no password hash', async () => {
    for (const backend of await open('password', 'email')) {
      const user = await found(backend, backend.name === 'email' ? 'ada@shop.example' : 'ada')
      expect(user).toMatchObject({ username: 'ada' })
      expect(user).not.toHaveProperty('passwordHash')
    }
  })

  test('a backend module of your own is loaded by its path, and gets the database', async () => {
    const path = module(
      'header.mjs',
      `export const createBackend = ({ db }) => ({
        name: 'header',
        authenticate: ({ username }) => db.user.findUnique({ where: { usernameKey: username } }),
      })`,
    )
    const [mine, builtIn] = await open(path, 'password')
    expect([mine?.name, builtIn?.name]).toEqual(['header', 'password'])
    expect(await found(mine, 'ada', 'anything')).toMatchObject({ username: 'ada' })
  })

  test.each([
    ['nowhere.mjs', null, 'cannot be loaded'],
    ['nothing.mjs', 'export const other = 1', 'exports no createBackend'],
    [
      'half.mjs',
      "export const createBackend = () => ({ name: 'half' })",
      'lacks name or authenticate',
    ],
    ['none.mjs', 'export const createBackend = () => null', 'lacks name or authenticate'],
    [
      'twin.mjs',
      "export const createBackend = () => ({ name: 'password', authenticate: async () => null })",
      'Two backends are called password',
    ],
  ])('openBackends refuses %s with a sentence', async (name, text, sentence) => {
    const path = text === null ? join(folder, name) : module(name, text)
    const opening = open('password', path)
    await expect(opening).rejects.toThrow(sentence)
    await expect(opening).rejects.toBeInstanceOf(BackendUnusable)
  })
})
