import { readFileSync } from 'node:fs'
import { post, processorTime } from './load.mjs'
import { post as once, startProcess } from './process.mjs'
import { createServices } from './contenders.mjs'
import { ms, quantile } from './setting.mjs'

export const title =
  'What do several workers bear, on SQLite and on PostgreSQL? Reads, writes of carts and logins, in turns of one run'

const password = 'chief of the bench'
const connections = 24
const rounds = 4
const seconds = 1.5

/** `wanted`: databases and numbers of workers, such as `sqlite,1,2`. */
export async function measure(wanted) {
  const databases = ['sqlite', 'postgresql'].filter((name) => chosen(wanted, name, /^[a-z]/))
  const counts = [1, 2, 4].filter((count) => chosen(wanted, `${count}`, /^\d/))
  const services = createServices()
  const servers = []
  try {
    for (const database of databases)
      for (const workers of counts) servers.push(await start(database, workers, services))
    const figures = {}
    for (const kind of Object.keys(kinds)) figures[kind] = await inTurns(kind, servers)
    return figures
  } finally {
    await Promise.all(servers.map(({ server }) => server.stop()))
    await services.stop()
  }
}

function chosen(wanted, name, kind) {
  const named = wanted.filter((word) => kind.test(word))
  return named.length === 0 || named.includes(name)
}

async function start(database, workers, services) {
  const server = await startProcess({
    WORKERS: `${workers}`,
    ADMIN_PASSWORD: password,
    TRUST_PROXY: 'loopback',
    LOG_LEVEL: 'info',
    ...(database === 'postgresql' && { DATABASE_URL: await services.postgresql() }),
  })
  const cookies = []
  for (let at = 0; at < connections; at++) {
    const { headers } = await once(server.url, add)
    cookies.push(headers.getSetCookie()[0].split(';')[0])
  }
  return { server, cookies, row: `${database}, WORKERS=${workers}` }
}

const add = 'mutation { addCartItem(input: { sku: "hat" }) { __typename } }'
const set = 'mutation { setCartItemQuantity(input: { sku: "hat", quantity: 5 }) { __typename } }'
const login = `mutation { login(input: { username: "admin", password: "${password}" }) { __typename } }`

/** What is asked, and what an answer has that is right. */
const kinds = {
  'reads: { cart }': { query: '{ cart { totalQuantity } }', has: '"totalQuantity"' },
  // Sets, and does not add: a connection that has a worker to itself would go beyond the 999 that a line takes.
  'writes: setCartItemQuantity, each connection its own session': {
    query: set,
    has: 'CartSuccess',
  },
  // No more at once than one of four workers lets wait, should the system give it all connections.
  'logins: a hash each': { query: login, has: 'LoginSuccess', anew: true, most: 8 },
}

async function inTurns(kind, servers) {
  const sums = servers.map(() => ({ answered: 0, time: 0, processor: 0, wrong: 0, took: [] }))
  for (let round = 0; round < rounds; round++)
    for (const [at, each] of servers.entries()) await slice(kinds[kind], each, sums[at])
  return servers.map(({ row, server }, at) => {
    const { answered, time, processor, wrong, said, took } = sums[at]
    const family = [server.pid, ...childrenOf(server.pid)]
    return {
      row,
      'a second': Math.round(answered / time),
      p50: ms(quantile(took, 0.5)),
      p99: ms(quantile(took, 0.99)),
      'CPU µs': Math.round((processor / answered) * 1e6),
      refused: wrong,
      ...(said !== undefined && { 'the first of them': said.slice(-200) }),
      MB: Math.round(family.reduce((sum, pid) => sum + privateMemory(pid), 0)),
      'of the first MB': Math.round(privateMemory(server.pid)),
    }
  })
}

async function slice({ query, has, anew, most = connections }, { server, cookies }, sum) {
  const body = JSON.stringify({ query })
  // Each from a network of its own, or the throttle takes logins of one user at once for guesses.
  const requests = cookies.slice(0, most).map((cookie, at) => ({
    body,
    from: `10.0.${at}.1`,
    ...(!anew && { cookie }),
  }))
  const family = [server.pid, ...childrenOf(server.pid)]
  const used = () => family.reduce((total, pid) => total + processorTime(pid), 0)
  const isRight = (answer) => {
    if (!answer.includes(has)) {
      sum.wrong++
      sum.said ??= answer
    }
    return true
  }
  const [start, before] = [performance.now(), used()]
  const onAnswered = (milliseconds) => sum.took.push(milliseconds)
  sum.answered += await post(server.url, {
    requests,
    connections: most,
    seconds,
    isRight,
    onAnswered,
  })
  sum.time += (performance.now() - start) / 1000
  sum.processor += used() - before
}

function childrenOf(pid) {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(' ').filter(Boolean).map(Number)
}

/** Megabytes that the process has for itself: what it shares with its fellows is counted by parts. */
function privateMemory(pid) {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  return Number(/^Pss:\s+(\d+)/m.exec(text)[1]) / 1024
}
