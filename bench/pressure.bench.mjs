import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from './process.mjs'
import { ms, quantile } from './setting.mjs'

export const title =
  'Is every request answered while other programs take the processors? (two servers on one database)'

const seconds = Number(process.env.PRESSURE_SECONDS ?? 20)
const visitors = Number(process.env.PRESSURE_VISITORS ?? 8)
const password = 'a password under pressure'

const documents = {
  register: `mutation ($name: String!, $password: String!) {
    register(input: { username: $name, password: $password }) { __typename ... on Error { code } }
  }`,
  login: `mutation ($name: String!, $password: String!) {
    login(input: { username: $name, password: $password }) { __typename ... on Error { code } }
  }`,
  logout: 'mutation { logout { __typename } }',
  write: 'mutation { addCartItem(input: { sku: "a" }) { __typename ... on Error { code } } }',
  me: '{ me { username } }',
}
const visits = [
  ['register', 'write', 'write', 'me', 'write', 'logout', 'login', 'write', 'me'],
  ['write', 'me', 'write', 'write'], // a guest
]

/**
 * Four visitors register, write, log out and log in by turns on two servers, and four guests write, beside four processes
 * that do nothing but compute. BENCH_DATABASE_URL names a PostgreSQL with its tables; otherwise the servers share a SQLite file.
 */
export async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-pressure-'))
  const settings = {
    DATABASE_URL: process.env.BENCH_DATABASE_URL ?? `file:${join(folder, 'bench.db')}`,
    TRUST_PROXY: '1',
  }
  const servers = [await startProcess(settings), await startProcess(settings)]
  const busy = Array.from({ length: 4 }, () => computeFor(seconds + 60))
  const report = { sent: 0, times: [], failures: {} }
  try {
    const until = performance.now() + seconds * 1000
    await Promise.all(
      Array.from({ length: visitors }, (_, at) => visitUntil(until, servers, at, report)),
    )
  } finally {
    for (const child of busy) child.kill('SIGKILL')
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  const failed = Object.values(report.failures).reduce((sum, count) => sum + count, 0)
  return {
    'requests that were not answered': `${failed} of ${report.sent}`,
    ...report.failures,
    'half of them, 99 of 100, and all were answered within': [0.5, 0.99, 1]
      .map((q) => ms(quantile(report.times, q)))
      .join(', '),
  }
}

/** One visitor after another, each with an address and an account of its own, who changes servers with every request. */
async function visitUntil(until, servers, at, report) {
  for (let round = 0; performance.now() < until; round++) {
    const variables = { name: `u${process.pid}x${at}x${round}`, password }
    const from = `10.${at}.${round >> 8}.${round & 255}`
    let cookie = ''
    for (const [step, operation] of visits[at % 2].entries()) {
      if (performance.now() > until) return
      const began = performance.now()
      const outcome = await ask(servers[step % 2].url, operation, variables, { cookie, from })
      report.sent++
      report.times.push(performance.now() - began)
      cookie = outcome.cookie ?? cookie
      if (outcome.failure === null) continue
      const what = `${operation}: ${outcome.failure}`
      report.failures[what] = (report.failures[what] ?? 0) + 1
    }
  }
}

/** Sends an operation. A failure is whatever is neither data nor a refusal of the schema's own. */
async function ask(url, operation, variables, { cookie, from }) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from, cookie },
      body: JSON.stringify({ query: documents[operation], variables }),
    })
    const { errors } = await response.json()
    const kept = response.headers.getSetCookie()[0]?.split(';')[0]
    const code = errors?.[0]?.extensions?.code
    const failure = errors || response.status > 299 ? `${response.status} ${code}` : null
    return { cookie: kept, failure }
  } catch (error) {
    return { failure: `${error.cause?.code ?? error.message}` }
  }
}

/** A process that computes, and ends by itself where this one cannot end it. */
function computeFor(atMost) {
  const words = `const end = Date.now() + ${atMost * 1000}; while (Date.now() < end);`
  return spawn(process.execPath, ['-e', words], { stdio: 'ignore' })
}
