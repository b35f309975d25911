import { serve } from '@hono/node-server'
import { getConnInfo } from '@hono/node-server/conninfo'
import { createApp, readSettings } from 'coatcheck'
import { Hono } from 'hono'

const coat = await createApp({ settings: readSettings(process.env) })
const from = (c) => ({ address: getConnInfo(c).remote.address })

const web = new Hono()
web.all('/graphql', (c) => coat.fetch(c.req.raw, from(c)))
web.all('/admin', (c) => coat.fetch(c.req.raw, from(c)))

const visits = coat.fetchWithSession(async (_request, { session, user }) =>
  Response.json({
    username: (await user())?.username ?? null,
    preferences: (await session.get('preferences')) ?? null,
  }),
)
web.get('/visitor', (c) => visits(c.req.raw, from(c)))

const server = serve({ fetch: web.fetch, port: Number(process.env.PORT ?? 8000) }, (address) =>
  console.log('serving', address),
)
process.once('SIGTERM', () => server.close(() => coat.close()))
