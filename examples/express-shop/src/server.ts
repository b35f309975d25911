import { createApp, readSettings } from 'coatcheck'
import express from 'express'
import { z } from 'zod'

declare module 'coatcheck' {
  interface SessionData {
    readonly recentlyViewed: readonly string[]
  }
}

const coat = await createApp({
  settings: readSettings(process.env),
  names: {
    recentlyViewed: {
      schema: z.array(z.string().max(64)).readonly(),
      maxBytes: 1024,
      onSignIn: 'keep',
    },
  },
  listeners: [(event) => console.log(`${event.type} at ${new Date().toISOString()}`)],
  types(builder) {
    builder.queryField('recentlyViewed', (t) =>
      t.stringList({
        resolve: async (_root, _args, { session }) => [
          ...(await session.get('recentlyViewed', [])),
        ],
      }),
    )
    builder.mutationField('viewProduct', (t) =>
      t.boolean({
        args: { sku: t.arg.string({ required: true }) },
        resolve: (_root, { sku }, { session }) => {
          session.update('recentlyViewed', (all) => [sku, ...(all ?? [])].slice(0, 10))
          return true
        },
      }),
    )
  },
})

const web = express()
web.use('/graphql', coat.graphql)
web.use('/admin', coat.admin)

web.get(
  '/checkout',
  coat.withSession(async (_request, response: express.Response, { session, user }) => {
    const cart = await session.get('cart')
    response.json({ for: (await user())?.username ?? null, items: cart?.items ?? [] })
  }),
)

// For a proxy that signs visitors in, and takes this header off what they send themselves.
web.post(
  '/sso',
  coat.withSession(async (request, response, { login }) => {
    await login(await coat.vouch({ username: String(request.headers['x-user']) }, 'sso'))
    response.end('welcome')
  }),
)

const server = web.listen(Number(process.env['PORT'] ?? 8000), () => {
  console.log('serving', server.address())
})
process.once('SIGTERM', () => server.close(() => void coat.close()))
