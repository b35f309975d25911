import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BackendUnusable, openBackends } from '../../src/auth/logins/backends.ts'
import type { BackendChoice, CreateBackend } from '../../src/auth/logins/backends.ts'
import type { AuthenticationBackend, Credentials } from '../../src/auth/logins/backend.ts'
import { createUser } from '../../src/auth/users/new-user.ts'
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

  const open = (...entries: BackendChoice[]) =>
    openBackends(entries, {
      db: server.app.db,
      passwords: server.app.passwords,
      database: patientDatabase(),
      users: server.app.users,
      log: server.app.log,
      timeout: 20_000,
    })
  const nowhere = { address: null, request: null }
  const module = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const found = async (
    backend: AuthenticationBackend | undefined,
    username: string,
    secret = password,
  ) => backend?.authenticate({ username, password: secret }, nowhere)

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

  test('a backend module of your own is loaded by its path, and gets the users', async () => {
    const path = module(
      'header.mjs',
      `export const createBackend = ({ users }) => ({
        name: 'header',
        authenticate: ({ username }) => users.find({ username }),
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

  test('backends of the host stand beside names, as objects and as functions, in order', async () => {
    class Directory implements AuthenticationBackend {
      readonly name = 'directory'
      readonly #known = 'ada'
      async authenticate({ username }: Credentials) {
        return username === this.#known ? server.app.users.find({ username }) : null
      }
    }
    const tenant: CreateBackend = ({ users }) => ({
      name: 'tenant',
      authenticate: async ({ username }, { request }) =>
        request?.headers['x-tenant'] === 'shop' ? users.find({ username }) : 'veto',
    })
    const backends = await open(tenant, 'password', new Directory())
    expect(backends.map(({ name }) => name)).toEqual(['tenant', 'password', 'directory'])
    const from = { address: null, request: { headers: { 'x-tenant': 'shop' } } }
    const answer = await backends[0]?.authenticate({ username: 'ada', password }, from)
    expect(answer).toMatchObject({ username: 'ada' })
    expect(await found(backends[0], 'ada')).toBe('veto')
    expect(await found(backends[2], 'ada')).toMatchObject({ username: 'ada' })
  })

  test.each<[string, unknown, string]>([
    ['an object without a name', { authenticate: async () => null }, 'lacks name or authenticate'],
    ['nothing', null, 'lacks name or authenticate'],
    ['a function that makes nothing', () => undefined, 'lacks name or authenticate'],
    [
      'a function that throws',
      () => {
        throw new Error('The directory is away')
      },
      'backends: The directory is away',
    ],
    ['a name of many words', { name: 'a b', authenticate: async () => null }, 'name of a backend'],
    ['the name of another', { name: 'password', authenticate: async () => null }, 'Two backends'],
  ])('openBackends refuses %s among the backends of a host', async (_what, entry, sentence) => {
    const opening = open('password', entry as BackendChoice)
    await expect(opening).rejects.toThrow(sentence)
    await expect(opening).rejects.toBeInstanceOf(BackendUnusable)
  })
})
