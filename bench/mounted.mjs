// Of bench/requests.bench.mjs: what a host application serves at /graphql, by its name: ours, or an empty route of its own.
// Usage: node mounted.mjs express|fastify ours|empty
import { createServer } from 'node:http'
import { pathToFileURL } from 'node:url'
import express from 'express'
import fastify from 'fastify'

const [host, served] = process.argv.slice(2)
const empty = '{"data":{"me":{"username":"admin"}}}'
const coat = served === 'ours' ? await openCoat() : null

async function openCoat() {
  const { createApp, readSettings } = await import(pathToFileURL(process.env.COATCHECK))
  const coat = await createApp({ settings: readSettings(process.env) })
  await coat.users.create({ username: 'admin', password: process.env.ADMIN_PASSWORD })
  return coat
}

const start = {
  express() {
    const web = express()
    if (coat) web.use('/graphql', coat.graphql)
    else web.post('/graphql', (_request, response) => response.end(empty))
    const server = createServer(web)
    return new Promise((done) => {
      server.listen(0, '127.0.0.1', () => done(`http://127.0.0.1:${server.address().port}`))
    })
  },
  fastify() {
    const web = fastify()
    web.all('/graphql', (request, reply) => {
      if (coat === null) return reply.send(empty)
      reply.hijack()
      coat.graphql(request.raw, reply.raw, { body: request.body, address: request.ip })
    })
    return web.listen({ port: 0, host: '127.0.0.1' })
  },
}
console.log(JSON.stringify({ url: await start[host]() }))
process.once('SIGTERM', () => process.exit(0))
