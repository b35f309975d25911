import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const json = { 'content-type': 'application/json' }
const ask = (init: RequestInit, search = '') => fetch(`${server.url}/graphql${search}`, init)

describe('the audits of graphql-http, each without an error or a warning', { tags: ['E1'] }, () => {
  const audits = serverAudits({ url: () => `${server.url}/graphql`, fetchFn: fetch })

  test('the audits of graphql-http are all there', () => {
    expect(audits.length).toBeGreaterThan(60)
  })

  test.each(audits)('$id $name', async (audit) => {
    const result = await audit.fn()
    expect('reason' in result ? result.reason : result.status).toBe('ok')
  })
})

test(
  'a mutation by GET or HEAD gets 405 and how to ask, and does not run',
  { tags: ['E2'] },
  async () => {
    const { db } = server.app
    const document = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
    for (const method of ['GET', 'HEAD']) {
      const headers = { accept: 'application/graphql-response+json' }
      const { status, headers: answered } = await ask(
        { method, headers },
        `?query=${encodeURIComponent(document)}`,
      )
      expect([status, answered.get('set-cookie')]).toEqual([405, null])
      expect(answered.get('allow')).toMatch(/\bPOST\b/)
    }
    expect(await db.session.count()).toBe(0)
  },
)

test('an array of operations is refused, whatever is in it', { tags: ['E4'] }, async () => {
  for (const many of [
    [],
    [{ query: '{ __typename }' }],
    Array(10).fill({ query: '{ __typename }' }),
  ]) {
    const answer = await ask({ method: 'POST', headers: json, body: JSON.stringify(many) })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
  }
})

test(
  'a body that says more than the specification names is refused',
  { tags: ['E23'] },
  async () => {
    for (const name of ['sessionid', 'id', '__proto__', 'Query', '']) {
      const body = `{"query":"{ __typename }","extensions":{"any":1},${JSON.stringify(name)}:1}`
      const answer = await ask({ method: 'POST', headers: json, body })
      expect([name, answer.status]).toEqual([name, 400])
      expect(await answer.json()).toMatchObject({
        errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
      })
    }
  },
)
