import { expect, test } from 'vitest'
import { loginDocument, startServer } from './harness.ts'

test(
  'ten thousand anonymous reads, logouts and failed logins create no row and set no cookie',
  { tags: ['A13'] },
  async () => {
    const server = await startServer()
    const visitor = server.visitor()
    const requests = [
      ['{ me { id } session { id isEmpty } preferences { theme } cart { totalQuantity } }'],
      ['mutation { logout { session { id } } }'],
      // No user has an empty password, so the server computes no hash: what is shown is what is stored, not how fast.
      [loginDocument, { username: 'nobody', password: '' }],
      [
        'mutation { clearCart { __typename } clearSession { __typename } deleteSessionValue(key: "a") { __typename } }',
      ],
      ['mutation { removeCartItem(sku: "a") { __typename } }'],
    ] as const
    const cookies: string[] = []
    for (let batch = 0; batch < 100; batch++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, at) => {
          const [document, variables] = requests[at % requests.length]!
          return visitor.send(document, variables)
        }),
      )
      for (const { setCookie, errors } of answers) {
        cookies.push(...setCookie)
        expect(errors).toBeUndefined()
      }
    }
    expect(cookies).toEqual([])
    expect(await server.app.db.session.count()).toBe(0)
    expect(await server.app.db.auditEvent.count()).toBe(0)
    await server.stop()
  },
)
