import { expect, test } from 'vitest'
import { openCoat } from './open-coat.ts'
import { serveListener } from './routes.ts'

const nothing = {
  errors: [{ message: 'There is nothing here.', extensions: { code: 'BAD_USER_INPUT' } }],
}

test('a path that is not ours is answered 404 in the form of a GraphQL error, whether the host is node:http or fetch', async () => {
  const { coat, remove } = await openCoat()
  const host = await serveListener((request, response) =>
    coat.graphql(request, response, { mount: '/api' }),
  )
  try {
    const asked = await host.ask('/api/nope')
    expect([asked.status, JSON.parse(asked.text)]).toEqual([404, nothing])
    const fetched = await coat.fetch(new Request('http://localhost/nope'))
    expect([fetched.status, await fetched.json()]).toEqual([404, nothing])
  } finally {
    await host.stop()
    await remove()
  }
})
