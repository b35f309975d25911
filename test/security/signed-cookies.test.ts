import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createSealer } from '../../src/session/cookie/sealing.ts'
import { createClock, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

const secretKey = 'a secret of at least thirty-two bytes'
const settings = { SESSION_ENGINE: 'signed-cookies', SECRET_KEY: secretKey }
const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const look = '{ me { username } session { id } cart { totalQuantity } }'
const stranger = { me: null, session: { id: null }, cart: { totalQuantity: 0 } }

const clock = createClock()
let server: TestServer
beforeAll(async () => {
  server = await startServer(settings, { now: clock.now })
})
afterAll(() => server?.stop())
afterEach(() => void vi.restoreAllMocks())

const purpose = 'session cookie sessionid'
const sealerFor = (what: string) => createSealer({ secretKey, fallbacks: [], purpose: what })

const seen = async (cookie: string) => {
  const { status, data, setCookie } = await server.visitor(cookie).send(look)
  expect([status, setCookie]).toEqual([200, []])
  return data
}
const guest = async (at = server) => {
  const visitor = at.visitor()
  await visitor.data(add)
  return visitor.cookie!
}

test(
  'a signed cookie with any bit changed, or written in another way, opens nothing',
  { tags: ['I1'] },
  async () => {
    const cookie = await guest()
    const bytes = Buffer.from(cookie, 'base64url')
    const others = new Set<string>([
      ...['=', '==', 'A', ' A', '%3D', '\xa0', '.'].map((more) => cookie + more),
      ...['.', 'A', '=', 's:', 'v1.'].map((more) => more + cookie),
      bytes.toString('base64'),
      bytes.toString('hex'),
      cookie.toUpperCase(),
      cookie.toLowerCase(),
      [...cookie].reverse().join(''),
      `"${cookie}"`,
      encodeURIComponent(cookie.replaceAll('-', '%2D').replaceAll('_', '%5F')),
    ])
    // One bit of each byte, and each bit of the first and the last ones: the format, the salt, the tag.
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const isEdge = bit < 64 || bit >= (bytes.length - 8) * 8
      if (!isEdge && bit % 8 !== (bit >> 3) % 8) continue
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      others.add(changed.toString('base64url'))
    }
    others.delete(cookie)
    for (const other of others) expect([other, await seen(other)]).toEqual([other, stranger])
    expect((await seen(cookie)).cart.totalQuantity).toBe(1)
  },
)

test(
  'what is sealed for another purpose, or for a cookie of another name, opens nothing',
  {
    tags: ['I2'],
  },
  async () => {
    const cookie = await guest()
    const text = sealerFor(purpose).open(cookie)!
    for (const other of ['', 'session', 'csrf', `${purpose} `, `${purpose}\0`, 'session cookie']) {
      expect(await seen(sealerFor(other).seal(text))).toEqual(stranger)
    }
    expect((await seen(sealerFor(purpose).seal(text))).cart.totalQuantity).toBe(1)
    const elsewhere = await startServer(
      { ...settings, SESSION_COOKIE_NAME: 'preview' },
      { now: clock.now },
    )
    expect(await seen(await guest(elsewhere))).toEqual(stranger)
    await elsewhere.stop()
  },
)

test(
  'the end of a session is sealed in the cookie: one that is sent for longer is over all the same',
  {
    tags: ['I5'],
  },
  async () => {
    const cookie = await guest()
    clock.advance(299_999)
    // The answer brings a cookie for longer, which this visitor does not take.
    expect((await server.visitor(cookie).data(look)).cart.totalQuantity).toBe(1)
    clock.advance(1)
    expect(await seen(cookie)).toEqual(stranger)
  },
)

test('a cookie that was not sealed by us is never parsed', { tags: ['I8'] }, async () => {
  const parse = vi.spyOn(JSON, 'parse')
  const isParsed = (text: string) =>
    parse.mock.calls.some(([given]) => String(given).includes(text))
  const key = 'A'.repeat(43)
  // Deeper and longer than a reader should have to look at, with a name that it would have to pass over.
  const bomb = (mark: string) => `${key}.1.{"${mark}":${'['.repeat(2_000)}${']'.repeat(2_000)}}`
  const sealWith = (secret: string, text: string) =>
    createSealer({ secretKey: secret, fallbacks: [], purpose }).seal(text)

  expect(await seen(sealWith('another secret of thirty-two bytes', bomb('forged')))).toEqual(
    stranger,
  )
  expect(await seen(Buffer.from(bomb('plain')).toString('base64url'))).toEqual(stranger)

  expect(isParsed('forged')).toBe(false)
  expect(isParsed('plain')).toBe(false)
})

test(
  'ten thousand signed cookies of the same session are ten thousand different ones',
  {
    tags: ['I7'],
  },
  () => {
    const { seal } = sealerFor(purpose)
    const sealed = Array.from({ length: 10_000 }, () => seal('the same'))
    expect(new Set(sealed).size).toBe(10_000)
    // Neither do they begin alike, where a counter would show.
    expect(new Set(sealed.map((text) => text.slice(2, 24))).size).toBe(10_000)
  },
)
