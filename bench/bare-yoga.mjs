// The baseline of bench/requests.bench.mjs: graphql-yoga as it comes, with neither sessions nor users.
import { createServer } from 'node:http'
import { createSchema, createYoga } from 'graphql-yoga'

const yoga = createYoga({
  schema: createSchema({
    typeDefs: 'type Query { me: User } type User { id: ID! username: String! }',
    resolvers: { Query: { me: () => ({ id: '1', username: 'ada' }) } },
  }),
  logging: false,
})
const server = createServer(yoga)
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }))
})
