import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { installIn } from '../scripts/install-in.mjs'
import { post as postMany } from './load.mjs'
import { post, startProcess } from './process.mjs'
import { freePort, Missing, startPostgresql, startRedis } from './services.mjs'

/** How many connections each server is asked over at a time. */
export const connections = 50
export const password = 'the password of the bench'

export const login = `mutation ($username: String!, $password: String!) {
  login(input: { username: $username, password: $password }) { __typename }
}`
const addCartItem = 'mutation { addCartItem(input: { sku: "umbrella" }) { __typename } }'
const setQuantity = `mutation ($quantity: Int!) {
  setCartItemQuantity(input: { sku: "umbrella", quantity: $quantity }) { __typename }
}`
const me = JSON.stringify({ query: '{ me { id username } }' })

/**
 * What is compared, by the name of its row: what it is, and how it is started with `services`. The first is the baseline.
 * All of them answer `{ me { id username } }`, save the cart; all but the baseline and the empty routes for a visitor who is
 * signed in. `parts` are the rows whose processor time a row is compared with, all of them together.
 */
export const contenders = {
  yoga: {
    what: 'bare graphql-yoga as it comes, without sessions (baseline)',
    async start() {
      const server = await startProcess({}, [], [resolve('bench/bare-yoga.mjs')])
      return asked(server, [{ body: me }], '"username":"ada"')
    },
  },
  mercurius: {
    what: 'Fastify + mercurius (jit) + connect-redis',
    async start(services) {
      const { url } = await services.redis()
      installPeers()
      const program = [resolve('bench/peers/mercurius.mjs')]
      const server = await startProcess({ REDIS_URL: url }, [], program)
      const query = 'mutation { login(username: "ada") { id } }'
      const cookie = cookieOf(await post(server.url, query))
      return asked(server, [{ body: me, cookie }], '"username":"ada"')
    },
  },
  sqlite: {
    what: 'Coatcheck, database (SQLite)',
    start: () => signedIn({}),
  },
  quiet: {
    what: 'the same with LOG_LEVEL=warn: without a line for each request, as the others',
    // Then it does not say either where it listens.
    start: async () => signedIn({ LOG_LEVEL: 'warn', PORT: `${await freePort()}` }),
  },
  redis: {
    what: 'Coatcheck, cache (Redis)',
    async start(services) {
      const { url } = await services.redis()
      return signedIn({ SESSION_ENGINE: 'cache', CACHE_URL: url })
    },
  },
  file: {
    what: 'Coatcheck, file',
    start: () => signedIn({ SESSION_ENGINE: 'file' }),
  },
  signed: {
    what: 'Coatcheck, signed-cookies',
    start: () => signedIn({ SESSION_ENGINE: 'signed-cookies' }),
  },
  postgresql: {
    what: 'Coatcheck, database (PostgreSQL)',
    async start(services) {
      return signedIn({ DATABASE_URL: await services.postgresql() })
    },
  },
  driver: {
    what: 'graphql-js on node:http, one named statement of pg: the ceiling of PostgreSQL',
    async start(services) {
      const url = await services.postgresql()
      // Ours makes the session that this one reads.
      const ours = await startOurs({ DATABASE_URL: url })
      const cookie = await signIn(ours)
      await ours.stop()
      const program = [resolve('bench/bare-postgresql.mjs')]
      const server = await startProcess({ DATABASE_URL: url }, [], program)
      return asked(server, [{ body: me, cookie }], '"username":"admin"')
    },
  },
  'express-empty': {
    what: 'Express 5, an empty route',
    start: () => empty('express'),
  },
  express: {
    what: 'Coatcheck mounted in Express 5, database (SQLite)',
    parts: ['express-empty', 'quiet'],
    start: () => mounted('express'),
  },
  'fastify-empty': {
    what: 'Fastify 5, an empty route',
    start: () => empty('fastify'),
  },
  fastify: {
    what: 'Coatcheck mounted in Fastify 5, database (SQLite)',
    parts: ['fastify-empty', 'quiet'],
    start: () => mounted('fastify'),
  },
  cart: {
    what: `Coatcheck, a cart write on ${connections} sessions (SQLite)`,
    async start() {
      const server = await startOurs()
      const requests = []
      for (let quantity = 1; quantity <= connections; quantity++)
        requests.push({
          cookie: cookieOf(await post(server.url, addCartItem)),
          body: JSON.stringify({ query: setQuantity, variables: { quantity } }),
        })
      return asked(server, requests, 'CartSuccess')
    },
  },
}

/** Services that are started when the first row needs them. `stop` ends them all. */
export function createServices() {
  const running = []
  let redis = null
  let postgresql = null
  const started = async (start) => {
    const service = await start()
    running.push(service)
    return service
  }
  return {
    redis: () => (redis ??= started(startRedis)),
    /** The address of a database with our tables. */
    postgresql: () =>
      (postgresql ??= started(startPostgresql).then(({ url }) => {
        const env = { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: url }
        const settings = { ...env, SECRET_KEY: 'only for the bench, not a secret' }
        execFileSync(process.execPath, [resolve('dist/main.js'), 'migrate'], {
          env: settings,
          stdio: 'ignore',
        })
        return url
      })),
    stop: () => Promise.all(running.map((service) => service.stop())),
  }
}

/** The built server, as an operator runs it: in production, with the log as it comes. */
export function startOurs(settings = {}) {
  return startProcess({ ADMIN_PASSWORD: password, TRUST_PROXY: '1', ...settings })
}

/** Signs the first staff user in, from an address of its own where `headers` name one. Comes to the cookie. */
export async function signIn(server, headers = {}) {
  const variables = { username: 'admin', password }
  const answer = await post(server.url, login, { variables, headers })
  if (answer.body.data?.login.__typename !== 'LoginSuccess')
    throw new Error(JSON.stringify(answer.body))
  return cookieOf(answer)
}

async function signedIn(settings) {
  const server = await startOurs(settings)
  const cookie = await signIn(server)
  return asked(server, [{ body: me, cookie }], '"username":"admin"')
}

async function empty(host) {
  const server = await startProcess({}, [], [resolve('bench/mounted.mjs'), host, 'empty'])
  return asked(server, [{ body: me }], '"username":"admin"')
}

async function mounted(host) {
  const coatcheck = resolve('dist/index.js')
  const settings = { COATCHECK: coatcheck, ADMIN_PASSWORD: password, TRUST_PROXY: '1' }
  const server = await startProcess(settings, [], [resolve('bench/mounted.mjs'), host, 'ours'])
  const cookie = await signIn(server)
  return asked(server, [{ body: me, cookie }], '"username":"admin"')
}

/** `server`, its memory now that it is ready, and a slice of load on it. */
function asked(server, requests, expected) {
  const isRight = (answer) => answer.includes(expected)
  return {
    ...server,
    atRest: server.memory(),
    slice: (seconds) => postMany(server.url, { requests, connections, seconds, isRight }),
  }
}

function cookieOf({ headers }) {
  return headers.getSetCookie()[0].split(';')[0]
}

/** `Missing` where npm cannot fetch them. They are no part of what `npm ci` installs. */
function installPeers() {
  try {
    installIn(resolve('bench/peers'))
  } catch ({ message }) {
    throw new Missing(message)
  }
}
