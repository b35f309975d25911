import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKey } from '../../src/session/key.ts'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { postWith } from './wire.ts'

const name = '__Host-id'
const look = '{ me { username } }'
let server: TestServer
let alice: string
let mallory: string
beforeAll(async () => {
  server = await startServer({ SESSION_COOKIE_NAME: name, SESSION_COOKIE_SECURE: 'true' })
  alice = `${name}=${(await server.signedIn('alice')).cookie}`
  mallory = `${name}=${(await server.signedIn('mallory')).cookie}`
})
afterAll(() => server.stop())

const whoIs = async (...cookies: string[]) => {
  const { status, data, setCookie } = await postWith(server.url, cookies, look)
  expect([status, setCookie]).toEqual([200, []])
  return (data as { me: { username: string } | null }).me?.username ?? null
}

// What some parser somewhere takes for white space, or for the end of a cookie, byte by byte.
test.each([
  '\xa0',
  '\x85',
  '\xe2\x80\x80',
  '\xe2\x80\xa8',
  '\xe3\x80\x80',
  '\xef\xbb\xbf',
  '\xc2\xa0',
  '\xad',
  ',',
  '"',
  '$Version=1,',
  '$Version="1", ',
])('%j in front of a name forges no __Host- cookie', { tags: ['A9'] }, async (bytes) => {
  expect(await whoIs(`${bytes}${mallory}`)).toBeNull()
  expect(await whoIs(`${bytes} ${mallory}`)).toBeNull()
  expect(await whoIs(`a=b;${bytes}${mallory}`)).toBeNull()
  expect(await whoIs(mallory.replace('=', `${bytes}=`))).toBeNull()
  expect(await whoIs(`${bytes}${mallory}; ${alice}`)).toBe('alice')
  expect(await whoIs(`${alice};${bytes}${mallory}`)).toBe('alice')
})

test(
  'a cookie that calls itself something of RFC 2965 is a cookie like any other',
  {
    tags: ['A9'],
  },
  async () => {
    expect(await whoIs(`$Version=1; ${alice}; $Path=/; $Domain=evil.example`)).toBe('alice')
  },
)

test(
  'only spaces and tabs are trimmed from cookies, as RFC 6265 says',
  { tags: ['A9'] },
  async () => {
    expect(await whoIs(`a=b; \t ${alice} \t`)).toBe('alice')
  },
)

const warnings = () => server.logs.filter(({ level }) => level === 'warn' || level === 40)

test(
  'a request with the cookies of two live sessions has no session, and the log has a line about it',
  { tags: ['A10'] },
  async () => {
    for (const cookies of [
      [`${mallory}; ${alice}`],
      [`${alice}; ${mallory}`],
      [mallory, alice],
      [`${alice}; ${mallory}; ${alice}`],
      [`${alice}; ${name}=x; ${name}=${createKey()}; ${mallory}`],
    ]) {
      const before = warnings().length
      expect(await whoIs(...cookies)).toBeNull()
      expect(warnings()).toHaveLength(before + 1)
    }
    const lines = JSON.stringify(warnings())
    for (const cookie of [alice, mallory]) expect(lines).not.toContain(cookie.split('=')[1])
  },
)

test(
  'a cookie that opens no session changes nothing beside a live one',
  { tags: ['A10'] },
  async () => {
    const before = warnings().length
    for (const value of [createKey(), '', 'x', 'deleted', 'q3m1x8y0a7b6c5d4e3f2g1h0i9j8k7l6']) {
      const other = `${name}=${value}`
      for (const cookies of [[`${other}; ${alice}`], [`${alice}; ${other}`], [other, alice]])
        expect(await whoIs(...cookies)).toBe('alice')
    }
    expect(warnings()).toHaveLength(before)
  },
)

test(
  'the server does not look up more different keys than its settings leave behind',
  { tags: ['A10'] },
  async () => {
    const keys = Array.from({ length: 8 }, () => `${name}=${createKey()}`)
    expect(await whoIs([...keys.slice(1), alice].join('; '))).toBe('alice')
    expect(await whoIs([...keys, alice].join('; '))).toBeNull()
  },
)

test(
  'what a visitor with the cookies of two live sessions stores starts a session of its own',
  { tags: ['A10'] },
  async () => {
    const write = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
    const { data, setCookie } = await postWith(server.url, `${mallory}; ${alice}`, write)
    expect(data).toEqual({ addCartItem: { __typename: 'CartSuccess' } })
    expect(setCookie).toHaveLength(1)
    for (const known of [alice, mallory]) expect(setCookie[0]).not.toContain(known)
  },
)

test('one cookie value sent twice counts once', { tags: ['A10'] }, async () => {
  const before = warnings().length
  expect(await whoIs(`${alice}; ${alice}`)).toBe('alice')
  expect(await whoIs(alice, `a=b; ${alice}`)).toBe('alice')
  expect(warnings()).toHaveLength(before)
})
