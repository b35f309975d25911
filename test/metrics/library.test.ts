import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AggregatorRegistry, Counter, Registry } from 'prom-client'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp } from '../../src/coat.ts'
import type { Coat } from '../../src/coat.ts'
import { createKey } from '../../src/session/key.ts'
import { parseMetrics } from './parse.ts'

let folder: string
const open: Coat[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-metrics-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((coat) => coat.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function openApp(name: string, metrics = true): Promise<Coat> {
  const settings = { databaseUrl: `file:${join(folder, `${name}.db`)}` }
  const coat = await createApp({ settings, metrics })
  open.push(coat)
  return coat
}

const login = (coat: Coat) =>
  coat
    .fetch(
      new Request('http://127.0.0.1/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query:
            'mutation SignIn { login(input: { username: "ada", password: "wrong" }) { __typename } }',
        }),
      }),
    )
    .then((answer) => answer.json())

const refused = ['coatcheck_logins_total', { outcome: 'refused' }] as const

test('two applications in one process count each their own', async () => {
  const [shop, desk] = [await openApp('shop'), await openApp('desk')]
  await login(shop)
  await expect
    .poll(async () => {
      const found = parseMetrics(await shop.metrics.text())
      return found.value('coatcheck_requests_total', { operation: 'SignIn', code: 'ok' })
    })
    .toBe(1)
  expect(parseMetrics(await shop.metrics.text()).value(...refused)).toBe(1)
  expect(parseMetrics(await desk.metrics.text()).value(...refused)).toBe(0)
})

test('a host serves the metrics of its application where it likes, without those of the process', async () => {
  const coat = await openApp('shop')
  const server = createServer((request, response) => {
    if (request.url === '/internal/metrics') coat.metrics.handler(request, response)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/internal/metrics`)
    expect(answer.headers.get('content-type')).toBe(coat.metrics.contentType)
    const { types } = parseMetrics(await answer.text())
    expect([...types.keys()].filter((name) => !name.startsWith('coatcheck_'))).toEqual([])
  } finally {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
})

test("a host's own routes are in no metric of requests, and what they ask of the roster is counted", async () => {
  const coat = await openApp('shop')
  const route = coat.withSession(async (_request: unknown, _response: ServerResponse, visit) => {
    await visit.user()
    throw new Error('A fault of the host.')
  })
  const server = createServer((request, response) => void route(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    const headers = { cookie: `sessionid=${createKey()}` }
    expect((await fetch(`http://127.0.0.1:${port}/account`, { headers })).status).toBe(500)
    await login(coat)
    const found = async () => parseMetrics(await coat.metrics.text())
    await expect
      .poll(async () => {
        const { samples } = await found()
        return samples.filter(({ name }) => name === 'coatcheck_requests_total')
      })
      .toEqual([expect.objectContaining({ labels: { operation: 'SignIn', code: 'ok' }, value: 1 })])
    const opened = ['coatcheck_roster_call_duration_seconds_count', { operation: 'open' }] as const
    expect((await found()).value(...opened)).toBe(1)
  } finally {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
})

test("the metrics join the host's own registry of prom-client, which writes the same text of them", async () => {
  const coat = await openApp('shop')
  const registry = new Registry()
  new Counter({ name: 'shop_orders_total', help: 'Orders.', registers: [registry] }).inc(3)
  coat.metrics.addTo(registry)
  await login(coat)
  const theirs = parseMetrics((await registry.metrics()).replaceAll('\n\n', '\n'))
  const ours = parseMetrics(await coat.metrics.text())
  expect(theirs.value('shop_orders_total')).toBe(3)
  expect(theirs.value(...refused)).toBe(1)
  const buckets = ['coatcheck_hash_duration_seconds_bucket', { operation: 'verify', le: '+Inf' }]
  expect(theirs.value(...(buckets as [string, Record<string, string>]))).toBe(1)
  const names = ({ samples }: typeof ours) =>
    new Set(samples.map(({ name }) => name).filter((name) => name.startsWith('coatcheck_')))
  expect([...names(theirs)]).toEqual(expect.arrayContaining([...names(ours)]))
  const other = await openApp('desk')
  expect(() => other.metrics.addTo(registry)).toThrow('already been registered')
})

test("prom-client's registry of a cluster shows the lowest, the highest or the sum of its workers, so that alerts hold", async () => {
  const coats = [await openApp('one'), await openApp('two')]
  const registries = coats.map((coat) => {
    const registry = new Registry()
    coat.metrics.addTo(registry)
    return registry
  })
  await Promise.all(coats.map(login))
  const told = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()))
  const whole = async () => {
    const text = await AggregatorRegistry.aggregate(told).metrics()
    return parseMetrics(text.replaceAll('\n\n', '\n')).value
  }
  const set = (worker: number, metric: string, value: number) => {
    const found = told[worker]!.find(({ name }) => name === metric)! as {
      values: { value: number }[]
    }
    for (const one of found.values) one.value = value
  }
  const database = { dependency: 'database' }
  const well = await whole()
  expect(well('coatcheck_dependency_up', database)).toBe(1)
  expect(well('coatcheck_activity_writes_failing')).toBe(0)
  expect(well(...refused)).toBe(2)
  for (const worker of [0, 1]) set(worker, 'coatcheck_activity_writes_failing', 1)
  set(1, 'coatcheck_dependency_up', 0)
  const waiting = 'coatcheck_hashes_waiting'
  for (const worker of [0, 1]) set(worker, waiting, 3)
  const ill = await whole()
  expect(ill('coatcheck_dependency_up', database)).toBe(0)
  expect(ill('coatcheck_activity_writes_failing')).toBe(1)
  expect(ill(waiting)).toBe(6)
})

test('an application that was not asked for metrics says so where they are read', async () => {
  const coat = await openApp('shop', false)
  await expect(coat.metrics.text()).rejects.toThrow('metrics: true')
  expect(() => coat.metrics.addTo(new Registry())).toThrow('metrics: true')
})

test('METRICS_PORT is a port of its own, which is open until the servers have stopped', async () => {
  const settings = { databaseUrl: `file:${join(folder, 'own.db')}`, metricsPort: '127.0.0.1:0' }
  const lines: Record<string, unknown>[] = []
  const { pino } = await import('pino')
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) })
  const coat = await createApp({ settings, log })
  open.push(coat)
  await coat.serve({ port: 0 })
  const url = String(lines.find(({ metrics }) => metrics !== undefined)?.['metrics'])
  const { types } = parseMetrics(await (await fetch(url)).text())
  expect([...types.keys()]).toEqual(
    expect.arrayContaining(['coatcheck_build_info', 'process_cpu_seconds_total']),
  )
  await coat.close()
  await expect(fetch(url)).rejects.toThrow()
})
