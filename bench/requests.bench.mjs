import { resolve } from 'node:path'
import { hash, verify } from 'argon2'
import { post as postMany, race } from './load.mjs'
import { post, startProcess } from './process.mjs'

export const title = 'What do a signed-in read, a write and a login cost, beside bare graphql-yoga?'

const connections = 50
const password = 'the password of the bench'
const login = `mutation ($username: String!, $password: String!) {
  login(input: { username: $username, password: $password }) { __typename }
}`
const addCartItem = 'mutation { addCartItem(input: { sku: "umbrella" }) { __typename } }'
const setQuantity = `mutation ($quantity: Int!) {
  setCartItemQuantity(input: { sku: "umbrella", quantity: $quantity }) { __typename }
}`

/** Requests a second and processor time, each as a ratio to bare Yoga in slices of the same run. */
export async function measure() {
  const yoga = await startProcess({}, [], [resolve('bench/bare-yoga.mjs')])
  const ours = await startProcess({ ADMIN_PASSWORD: password, TRUST_PROXY: '1' })
  const cookie = await signIn(ours)
  const guests = []
  for (let at = 0; at < connections; at++) guests.push(await startCart(ours))
  const me = JSON.stringify({ query: '{ me { id username } }' })

  const [baseline, read, write] = await race([
    {
      name: 'bare graphql-yoga, { me { id username } } (baseline)',
      pid: yoga.pid,
      slice: slice(yoga, [{ body: me }], '"username":"ada"'),
    },
    {
      name: 'signed-in { me { id username } }',
      pid: ours.pid,
      slice: slice(ours, [{ body: me, cookie }], '"username":"admin"'),
    },
    {
      name: `a cart write, ${connections} sessions`,
      pid: ours.pid,
      slice: slice(
        ours,
        guests.map((each, at) => ({
          cookie: each,
          body: JSON.stringify({
            query: setQuantity,
            variables: { quantity: at + 1 },
          }),
        })),
        'CartSuccess',
      ),
    },
  ])
  const memory = ours.memory()
  const logins = await signInMany(ours)
  await Promise.all([yoga.stop(), ours.stop()])
  return {
    ...Object.fromEntries([baseline, read, write].map((each) => [each.name, figures(each)])),
    'logins a second beside argon2.verify alone, two at a time': logins,
    'memory after all of it': `${memory.toFixed(0)} MB`,
  }
}

function slice(server, requests, expected) {
  const isRight = (answer) => answer.includes(expected)
  return (seconds) => postMany(server.url, { requests, connections, seconds, isRight })
}

async function signIn(server) {
  const variables = { username: 'admin', password }
  const { headers } = await post(server.url, login, { variables })
  return headers.getSetCookie()[0].split(';')[0]
}

async function startCart(server) {
  const { headers } = await post(server.url, addCartItem)
  return headers.getSetCookie()[0].split(';')[0]
}

/** Logins, each from an address of its own, in turns with raw verifications of a hash like theirs. */
async function signInMany(server) {
  const own = await hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
  const variables = { username: 'admin', password }
  let sent = 0
  const kinds = {
    raw: () => verify(own, password),
    login: async () => {
      const headers = { 'x-forwarded-for': `10.1.${sent >> 8}.${sent++ & 255}` }
      const { body } = await post(server.url, login, { variables, headers })
      if (body.data?.login.__typename !== 'LoginSuccess') throw new Error(JSON.stringify(body))
    },
  }
  const rates = { raw: [], login: [] }
  for (let round = 0; round < 4; round++)
    for (const [kind, work] of Object.entries(kinds)) rates[kind].push(await rateOf(work))
  const [raw, ours] = [mean(rates.raw), mean(rates.login)]
  return `${ours.toFixed(0)} of ${raw.toFixed(0)}, ${(ours / raw).toFixed(2)}×`
}

/** How often `work` is done a second, two at a time, for two seconds. */
async function rateOf(work) {
  const [start, end] = [performance.now(), performance.now() + 2000]
  let done = 0
  const one = async () => {
    while (performance.now() < end) {
      await work()
      done++
    }
  }
  await Promise.all([one(), one()])
  return done / ((performance.now() - start) / 1000)
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function figures({ rate, ratio, processor }) {
  return `${rate} a second, ${ratio.toFixed(2)}×, ${processor} µs of processor time each`
}
