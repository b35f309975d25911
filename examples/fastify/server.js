import { createApp, readSettings } from 'coatcheck'
import { fastify } from 'fastify'

const coat = await createApp({ settings: readSettings(process.env) })
const web = fastify()
web.addHook('onClose', () => coat.close())

/** Hands a request over, with what Fastify knows of it and Node's own objects do not. */
const mount = (listener) => (request, reply) => {
  reply.hijack()
  listener(request.raw, reply.raw, { body: request.body, address: request.ip })
}
web.all('/graphql', mount(coat.graphql))
// Fastify reads no forms by itself, and the staff's pages send them: this leaves them to `coat.admin`.
web.addContentTypeParser('application/x-www-form-urlencoded', (_request, _body, done) => done(null))
web.all('/admin', mount(coat.admin))

const whoami = coat.withSession(async (_request, response, { user }) => {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ username: (await user())?.username ?? null }))
})
web.get('/whoami', (request, reply) => {
  reply.hijack()
  return whoami(request.raw, reply.raw)
})

console.log('serving', await web.listen({ port: Number(process.env.PORT ?? 8000) }))
process.once('SIGTERM', () => web.close())
