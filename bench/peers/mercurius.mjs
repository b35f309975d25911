// A peer of bench/requests.bench.mjs: Fastify and mercurius with compiled queries, and sessions in the Redis at REDIS_URL
// by @fastify/session and connect-redis. The session names the user, so that a request reads Redis once and no database.
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import { RedisStore } from 'connect-redis'
import fastify from 'fastify'
import mercurius from 'mercurius'
import { createClient } from 'redis'

const client = createClient({ url: process.env.REDIS_URL })
await client.connect()
const server = fastify()
await server.register(cookie)
await server.register(session, {
  secret: process.env.SECRET_KEY,
  store: new RedisStore({ client }),
  saveUninitialized: false,
  rolling: false, // ours does not write at a read either
  cookie: { secure: false, httpOnly: true, maxAge: 1_209_600_000 },
})
await server.register(mercurius, {
  schema: `
    type User { id: ID! username: String! }
    type Query { me: User }
    type Mutation { login(username: String!): User }
  `,
  resolvers: {
    Query: { me: (_root, _input, { reply }) => reply.request.session.user ?? null },
    Mutation: {
      login: (_root, { username }, { reply }) => {
        reply.request.session.user = { id: '1', username }
        return reply.request.session.user
      },
    },
  },
  jit: 1,
})
const url = await server.listen({ port: 0, host: '127.0.0.1' })
console.log(JSON.stringify({ url }))
process.once('SIGTERM', () => process.exit(0))
