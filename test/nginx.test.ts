import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from './harness.ts'
import type { TestServer } from './harness.ts'
import { nginxProgram, siteFor, startNginx } from './nginx-server.ts'
import type { NginxServer } from './nginx-server.ts'

const json = { 'content-type': 'application/json' }
const origin = 'https://a-rather-long-name.shop.example'

/** A server behind an nginx with the settings that Debian ships, and the site that most people write. */
function behindNginx(settings: Record<string, string>) {
  const stage = {} as { server: TestServer; nginx: NginxServer }
  beforeAll(async () => {
    stage.server = await startServer(settings)
    stage.nginx = await startNginx(siteFor(stage.server.url))
  })
  afterAll(async () => {
    await stage.nginx?.stop()
    await stage.server?.stop()
  })
  const post = (query: string, variables: object, headers: Record<string, string>) =>
    fetch(`${stage.nginx.url}/graphql`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify({ query, variables }),
    })
  return { stage, post }
}

describe.skipIf(nginxProgram === null)('behind nginx as Debian ships it', () => {
  describe('a stream', () => {
    const { stage, post } = behindNginx({})

    test('a stream behind nginx arrives at once, event by event', async () => {
      const ada = await stage.server.signedIn('ada')
      const answer = await post(
        'subscription { sessionEvents { ... on SessionChanged { cart { totalQuantity } } ... on SessionEnded { reason } } }',
        {},
        { accept: 'text/event-stream', cookie: `sessionid=${ada.cookie}` },
      )
      expect(answer.status).toBe(200) // the headers are here before anything has happened
      let text = ''
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
      const readUntil = async (word: string) => {
        while (!text.includes(word)) {
          const { value, done } = await reader.read()
          if (done) throw new Error(`The stream ended without ${word}.`)
          text += value
        }
      }
      const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
      for (const count of [1, 2, 3]) {
        await ada.data(add)
        await readUntil(`"totalQuantity":${count}`)
      }
      await ada.data('mutation { logout { session { id } } }')
      await readUntil('"LOGOUT"')
    })
  })

  describe('with signed cookies', () => {
    const { stage, post } = behindNginx({
      SESSION_ENGINE: 'signed-cookies',
      ALLOWED_ORIGINS: origin,
      TRUST_PROXY: '1',
      SECURE_HSTS_SECONDS: '31536000',
      SESSION_COOKIE_DOMAIN: 'shop.example',
      SESSION_COOKIE_SECURE: 'true',
      SESSION_COOKIE_SAMESITE: 'None',
    })

    test('a session in a cookie that nginx would not pass on is refused, and no answer is a 502', async () => {
      const set =
        'mutation ($value: JSON!) { setSessionValue(key: "a", value: $value) { __typename ... on Error { code } } }'
      const outcomes = new Set<string>()
      let cookie = `sessionid=${(await stage.server.signedIn('ada')).cookie}`
      for (let size = 1_000; size < 3_200; size += 25) {
        const answer = await post(
          set,
          { value: 'x'.repeat(size) },
          { cookie, origin, 'x-forwarded-proto': 'https' },
        )
        expect([size, answer.status]).toEqual([size, 200])
        const { data } = (await answer.json()) as {
          data: { setSessionValue: { __typename: string; code?: string } }
        }
        const { __typename: type, code } = data.setSessionValue
        outcomes.add(code ?? type)
        cookie = answer.headers.getSetCookie().at(-1)?.split(';')[0] ?? cookie
      }
      expect([...outcomes]).toEqual(['SessionSuccess', 'SESSION_TOO_LARGE'])
      // What was stored goes out again with what clears an older cookie.
      const repeated = await post(
        '{ __typename me { id } }',
        {},
        { cookie: `${cookie}; ${cookie}`, origin },
      )
      expect(repeated.status).toBe(200)
      expect(repeated.headers.getSetCookie().length).toBeGreaterThan(1)
    })
  })
})
