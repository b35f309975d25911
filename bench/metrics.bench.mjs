import { Counter, Histogram, Registry } from 'prom-client'
import { mostOperations } from '../dist/metrics/requests.js'
import { createMetrics } from '../dist/metrics/metrics.js'
import { ratio } from './setting.mjs'

export const title = 'What do metrics cost a signed-in read, and what does a scrape?'

const times = 1_000_000

/** What a request of our own server makes of them: one counted answer, and one timed look at its session. */
export async function measure() {
  const metrics = createMetrics()
  const answered = answerTo('Dashboard')
  const open = metrics.watch.roster('open', look)
  const alone = await microseconds(() => look('id', null))
  const ours = await microseconds(() => {
    open('id', null)
    metrics.countRequest(answered, 1.5)
  })
  const theirs = await microseconds(byPromClient())
  metrics.close()

  const full = createMetrics()
  for (let at = 0; at < mostOperations * 2; at++) full.countRequest(answerTo(`Operation${at}`), 1)
  const text = await full.text()
  const before = process.cpuUsage()
  for (let at = 0; at < 100; at++) await full.text()
  const { user, system } = process.cpuUsage(before)
  const scrape = (user + system) / 100_000
  full.close()
  return {
    'a request, without the look that is timed': `${(ours - alone).toFixed(2)} µs`,
    'the same by prom-client (baseline)': `${(theirs - alone).toFixed(2)} µs, ${ratio(theirs - alone, ours - alone)}`,
    'a scrape with all places taken': `${scrape.toFixed(1)} ms, ${Math.round(text.length / 1024)} KB`,
  }
}

function look(id, store) {
  return id === '' ? store : null
}

function answerTo(operation) {
  const response = { headersSent: true, statusCode: 200 }
  return {
    operation,
    field: 'me',
    code: null,
    path: '/graphql',
    hosted: null,
    headers: [],
    response,
  }
}

function byPromClient() {
  const registers = [new Registry()]
  const counted = new Counter({
    name: 'requests_total',
    help: 'Requests.',
    labelNames: ['operation', 'code'],
    registers,
  })
  const buckets = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]
  const timed = (name) =>
    new Histogram({ name, help: 'Seconds.', labelNames: ['operation'], buckets, registers })
  const requests = timed('request_seconds').labels('Dashboard')
  const calls = timed('call_seconds').labels('open')
  const ok = counted.labels('Dashboard', 'ok')
  return () => {
    const begun = performance.now()
    look('id', null)
    calls.observe((performance.now() - begun) / 1000)
    ok.inc()
    requests.observe(0.0015)
  }
}

/** The processor's time of one call, the best of five rounds. */
async function microseconds(work) {
  for (let at = 0; at < times / 10; at++) work()
  let best = Infinity
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage()
    for (let at = 0; at < times; at++) work()
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / times)
    await new Promise(setImmediate)
  }
  return best
}
