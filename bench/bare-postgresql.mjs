// The ceiling of bench/requests.bench.mjs for PostgreSQL: graphql-js on node:http, and one named statement of the bare
// driver that reads session and user at DATABASE_URL. It checks no origin, bounds nothing, and writes no session.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { buildSchema, execute, parse } from 'graphql'
import { Pool } from 'pg'

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 })
const text = `SELECT s."data", s."expiresAt", u."id", u."username", u."isActive", u."epoch"
  FROM "Session" s LEFT JOIN "User" u ON u."id" = s."userId" WHERE s."id" = $1`
const schema = buildSchema(`
  type User { id: ID! username: String! }
  type Query { me: User }
`)
const documents = new Map()
const rootValue = {
  async me(_input, { cookie }) {
    const id = createHash('sha256').update(cookie).digest('hex')
    const { rows } = await pool.query({ name: 'session', text, values: [id] })
    return rows[0]?.isActive && rows[0].expiresAt > new Date() ? rows[0] : null
  },
}

const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', async () => {
    const { query } = JSON.parse(Buffer.concat(chunks).toString())
    if (!documents.has(query)) documents.set(query, parse(query))
    const [, cookie = ''] = request.headers.cookie?.split('=') ?? []
    const document = documents.get(query)
    const result = await execute({ schema, document, rootValue, contextValue: { cookie } })
    const body = JSON.stringify(result)
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }
    response.writeHead(200, headers).end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` }))
})
process.once('SIGTERM', () => process.exit(0))
