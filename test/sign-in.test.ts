import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp, InvalidCredentials } from '../src/index.ts'
import type { Coat } from '../src/index.ts'
import { signIn } from '../src/testing.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-sign-in-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What the API says of the visitor with this Cookie header. */
async function me(coat: Coat, cookie: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json', cookie, host: 'shop.example' }
  const body = JSON.stringify({ query: '{ me { username } }' })
  const request = new Request('http://shop.example/graphql', { method: 'POST', headers, body })
  const { data } = (await (await coat.fetch(request)).json()) as { data: { me: unknown } }
  return data.me
}

test.each(['database', 'file', 'signed-cookies'])(
  'signIn gives the cookie of a user without a password, and of no user who may not sign in, on %s',
  async (engine) => {
    const heard: string[] = []
    const coat = await createApp({
      engine,
      listeners: [({ type }) => void heard.push(type)],
      settings: {
        databaseUrl: `file:${join(folder, `${engine}.db`)}`,
        sessionFilePath: join(folder, 'sessions'),
        allowedHosts: ['shop.example'],
        cookie: { name: '__Host-shop', secure: true },
        secretKey: 's'.repeat(32),
        logLevel: 'error', // one host is refused on purpose
      },
    })
    await coat.users.create({ username: 'ada', password: null })
    const host = 'shop.example'
    const cookie = await signIn(coat, 'Ada', { host })
    expect(cookie).toMatch(/^__Host-shop=[^;\s]+$/)
    expect(await me(coat, cookie)).toEqual({ username: 'ada' })
    expect(heard).toContain('LOGIN')
    await expect(signIn(coat, 'ada')).rejects.toThrow(/^signIn was refused: .*no host of this name/)
    await coat.users.setActive({ username: 'ada' }, false)
    expect(await me(coat, cookie)).toBe(null)
    for (const username of ['ada', 'no-such-user'])
      await expect(signIn(coat, username, { host })).rejects.toBeInstanceOf(InvalidCredentials)
    await coat.close()
  },
)
