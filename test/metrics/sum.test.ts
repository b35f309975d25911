import { pino } from 'pino'
import { expect, test, vi } from 'vitest'
import { serveMetrics } from '../../src/commands/serve/serve-metrics.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'
import { mostOperations } from '../../src/metrics/requests.ts'
import { countsSubject, createSum, metricsSubject } from '../../src/metrics/sum.ts'
import type { WorkerSnapshot } from '../../src/metrics/sum.ts'
import { renderText } from '../../src/metrics/text.ts'
import { parseMetrics } from './parse.ts'

const request = (operation: string) =>
  ({
    purpose: { name: operation, kind: null },
    code: null,
    path: '/graphql',
    hosted: null,
    headers: [],
    response: { headersSent: true, statusCode: 200 },
  }) as never

interface Worker {
  readonly metrics: Metrics
  /** What it answers, as JSON hands it on. */
  tell(subject?: string): Promise<WorkerSnapshot>
}

/** A worker with the process `pid` in the place `number`. */
function createWorker(number: number, pid: number, startedAt = pid): Worker {
  const answerers = new Map<string, () => unknown>()
  const metrics = createMetrics({
    number,
    answer: (subject, given) => void answerers.set(subject, given),
    tell: () => {},
  })
  return {
    metrics,
    async tell(subject = metricsSubject) {
      const told = JSON.parse(JSON.stringify(await answerers.get(subject)?.())) as WorkerSnapshot
      return { ...told, pid, startedAt }
    },
  }
}

function createScraper() {
  const sum = createSum()
  return async (asked: readonly Worker[], running: readonly number[]) => {
    const answers = await Promise.all(asked.map((worker) => worker.tell()))
    return parseMetrics(renderText(sum.take(answers, new Set(running))))
  }
}

const me = { operation: 'Me', code: 'ok' }

/** What the process `pid` answers that has counted one operation. */
function answer(pid: number, operation: string, value: number): WorkerSnapshot {
  const series = [{ labels: { operation }, value }]
  const family = { name: 'requests', type: 'counter' as const, says: '', series }
  return { number: pid, pid, startedAt: 0, snapshot: [family] }
}

test('what several workers count is one series with their sum, and what tells of a process is a series of each', async () => {
  const workers = [createWorker(1, 11), createWorker(2, 12), createWorker(3, 13)]
  workers[0]!.metrics.countRequest(request('Me'), 3)
  for (const milliseconds of [30, 40]) workers[2]!.metrics.countRequest(request('Me'), milliseconds)
  const scrape = await createScraper()(workers, [11, 12, 13])
  expect(scrape.value('coatcheck_requests_total', me)).toBe(3)
  const duration = 'coatcheck_request_duration_seconds'
  expect(scrape.value(`${duration}_bucket`, { operation: 'Me', le: '0.005' })).toBe(1)
  expect(scrape.value(`${duration}_count`, { operation: 'Me' })).toBe(3)
  expect(scrape.value(`${duration}_sum`, { operation: 'Me' })).toBeCloseTo(0.073)
  expect(scrape.value('coatcheck_logins_total', { outcome: 'success' })).toBe(0)
  const named = scrape.samples.filter(({ labels }) => labels['worker'] !== undefined)
  expect(new Set(named.map(({ labels }) => labels['worker']))).toEqual(new Set(['1', '2', '3']))
  expect(
    named.every(({ name }) => /^(process|nodejs|coatcheck_event_loop_active)_/.test(name)),
  ).toBe(true)
  for (const { metrics } of workers) metrics.close()
})

test('a sum does not fall when a worker does not answer, dies, and is replaced, whichever process the next one has', async () => {
  const scrape = createScraper()
  const [steady, dying] = [createWorker(1, 11), createWorker(2, 12)]
  for (const { metrics } of [steady, dying, dying]) metrics.countRequest(request('Me'), 1)
  dying.metrics.countRequest(request('OfOneAlone'), 1)
  const alone = { operation: 'OfOneAlone', code: 'ok' }
  const counts = async (asked: readonly Worker[], running: readonly number[]) => {
    const { value } = await scrape(asked, running)
    return [value('coatcheck_requests_total', me), value('coatcheck_requests_total', alone)]
  }
  expect(await counts([steady, dying], [11, 12])).toEqual([3, 1])
  expect(await counts([steady], [11, 12])).toEqual([3, 1])
  expect(await counts([], [11, 12])).toEqual([3, 1])
  expect(await counts([steady], [11])).toEqual([3, 1])
  const next = createWorker(2, 13)
  next.metrics.countRequest(request('Me'), 1)
  expect(await counts([steady, next], [11, 13])).toEqual([4, 1])
  // The system gives a number of a process again.
  const last = createWorker(2, 13, 14)
  expect(await counts([steady, last], [11, 13])).toEqual([4, 1])
  last.metrics.countRequest(request('Me'), 1)
  expect(await counts([steady, last], [11, 13])).toEqual([5, 1])
  for (const { metrics } of [steady, dying, next, last]) metrics.close()
})

test('a sum of fractions does not fall by their rounding when the workers that counted them end', () => {
  const sum = createSum()
  const workers = [answer(11, 'Me', 0.1), answer(12, 'Me', 0.3), answer(13, 'Me', 0.7)]
  const running = new Set<number>()
  const shown = () => sum.take([], running)[0]?.series[0]?.value
  for (const { pid } of workers) running.add(pid)
  sum.take(workers, running)
  const values = [shown()]
  for (const pid of [13, 11, 12]) {
    running.delete(pid)
    values.push(shown(), shown())
  }
  expect(values).toEqual(values.map(() => values[0]))
})

test('while a worker takes its leave and its successor serves, both are counted, and the series of the place are the successor’s', async () => {
  const [leaving, next] = [createWorker(1, 11), createWorker(1, 12)]
  for (const { metrics } of [leaving, next]) metrics.countRequest(request('Me'), 1)
  const scrape = await createScraper()([next, leaving], [11, 12])
  expect(scrape.value('coatcheck_requests_total', me)).toBe(2)
  const started = scrape.samples.filter(({ name }) => name === 'process_start_time_seconds')
  expect(started.map(({ labels }) => labels['worker'])).toEqual(['1'])
  for (const { metrics } of [leaving, next]) metrics.close()
})

test('of a gauge several workers show the sum, the highest or the lowest, as it is declared', () => {
  const gauge = (name: string, value: number, together?: 'sum' | 'lowest') => {
    const series = [{ labels: {}, value }]
    return { name, type: 'gauge' as const, says: '', ...(together && { together }), series }
  }
  const answers = [2, 5, 3].map((value, at) => ({
    number: at + 1,
    pid: at + 1,
    startedAt: 0,
    snapshot: [gauge('waiting', value, 'sum'), gauge('up', value, 'lowest'), gauge('lag', value)],
  }))
  const snapshot = createSum().take(answers, new Set([1, 2, 3]))
  const values = snapshot.map(({ name, series }) => [name, series.map(({ value }) => value)])
  expect(values).toEqual([
    ['waiting', [10]],
    ['up', [2]],
    ['lag', [5]],
  ])
})

test('names of operations that strangers make up are not kept for ever, however many workers end', () => {
  const sum = createSum()
  let most = 0
  for (let at = 0; at < 5000; at++) {
    const [family] = sum.take([answer(at, `made-up-${at}`, 1)], new Set([at]))
    most = Math.max(most, family!.series.length)
  }
  expect(most).toBeGreaterThan(100)
  expect(most).toBeLessThan(1100)
})

test('what a worker has counted since the last scrape stays in the sum when it is killed, once it was asked between scrapes', async () => {
  const [one, two] = [createWorker(1, 11), createWorker(2, 12)]
  let running = [one, two]
  const asked: string[] = []
  const primary = {
    hear: () => {},
    pids: () => new Set(running.map((worker) => (worker === one ? 11 : 12))),
    async ask(subject: string) {
      const answers = await Promise.all(running.map((worker) => worker.tell(subject)))
      asked.push(subject)
      return answers
    },
  }
  const log = pino({ level: 'silent' })
  const own = { host: '127.0.0.1', workers: 2 }
  const listener = await serveMetrics('0', own, log, 10)
  listener.of(primary)
  try {
    const scrape = async () => parseMetrics(await (await fetch(listener.url)).text())
    expect((await scrape()).value('coatcheck_requests_total', me)).toBeUndefined()
    for (const { metrics } of [one, two, two]) metrics.countRequest(request('Me'), 3)
    const before = asked.length
    await expect.poll(() => asked.length).toBeGreaterThan(before + 2)
    expect(asked.slice(before)).toEqual(asked.slice(before).map(() => countsSubject))
    running = [one]
    expect((await scrape()).value('coatcheck_requests_total', me)).toBe(3)
    expect((await scrape()).value('coatcheck_workers_silent')).toBe(1)
  } finally {
    await listener.close()
  }
})

test('what a worker tells last counts once, whether it comes before the end of its process or behind it, and an older answer of its changes nothing', () => {
  const sum = createSum()
  const both = new Set([1, 2])
  const value = (answers: readonly WorkerSnapshot[], running: ReadonlySet<number>) =>
    sum.take(answers, running)[0]?.series[0]?.value
  expect(value([answer(1, 'Me', 3), answer(2, 'Me', 5)], both)).toBe(8)
  sum.keep(answer(1, 'Me', 4))
  expect(value([answer(1, 'Me', 3), answer(2, 'Me', 5)], both)).toBe(9)
  for (let times = 0; times < 3; times++) expect(value([answer(2, 'Me', 5)], new Set([2]))).toBe(9)
  expect(value([], new Set())).toBe(9)
  sum.keep(answer(2, 'Me', 7))
  for (let times = 0; times < 3; times++) expect(value([], new Set())).toBe(11)
  sum.keep(answer(2, 'Me', 8)) // so late that it counts no more
  expect(value([], new Set())).toBe(11)
})

test('a scrape waits for one question to a worker that hangs, however often workers would have been asked meanwhile', async () => {
  const asked: string[] = []
  let answer = () => {}
  const hung = new Promise<void>((resolve) => (answer = resolve))
  const primary = {
    pids: () => new Set<number>(),
    hear() {},
    async ask(subject: string) {
      asked.push(subject)
      await hung
      return []
    },
  }
  const own = { host: '127.0.0.1', workers: 1 }
  const listener = await serveMetrics('0', own, pino({ level: 'silent' }), 1)
  listener.of(primary)
  try {
    await expect.poll(() => asked).toEqual([countsSubject])
    await new Promise((resolve) => setTimeout(resolve, 50)) // time for many more
    const scraped = fetch(listener.url)
    await new Promise((resolve) => setTimeout(resolve, 50))
    answer()
    expect((await scraped).status).toBe(200)
    expect(asked.slice(0, 2)).toEqual([countsSubject, metricsSubject])
  } finally {
    await listener.close()
  }
})

test('a worker that does not answer loses none of its series, however many others have ended', () => {
  const sum = createSum()
  sum.take([answer(1, 'Silent', 3), answer(2, 'Silent', 5)], new Set([1, 2]))
  for (let at = 3; at < 2000; at++) sum.take([answer(at, `made-up-${at}`, 1)], new Set([1, at]))
  const [family] = sum.take([answer(1, 'Silent', 4)], new Set([1]))
  expect(family?.series.find(({ labels }) => labels['operation'] === 'Silent')?.value).toBe(9)
})

test('a name that has series keeps them, whatever names come later, and each of two scrapers reads all that it has counted', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const metrics = createMetrics()
  const ask = (operation: string, times = 1) => {
    for (let at = 0; at < times; at++) metrics.countRequest(request(operation), 1)
  }
  const rare = async () =>
    parseMetrics(await metrics.text()).value('coatcheck_requests_total', {
      operation: 'Rare',
      code: 'ok',
    })
  try {
    ask('Rare')
    for (let at = 1; at < mostOperations; at++) ask(`Often${at}`, 30)
    for (let hour = 1; hour <= 3; hour++) {
      vi.advanceTimersByTime(3_600_000)
      for (let at = 0; at < mostOperations; at++) ask(`Late${at}`)
      ask('Rare')
      expect([await rare(), await rare()]).toEqual([hour + 1, hour + 1])
    }
  } finally {
    metrics.close()
    vi.useRealTimers()
  }
})
