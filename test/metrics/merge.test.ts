import { expect, test } from 'vitest'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Colleagues, Metrics } from '../../src/metrics/metrics.ts'
import { parseMetrics } from './parse.ts'

const answered = {
  operation: 'Me',
  code: null,
  path: '/graphql',
  hosted: null,
  headers: [],
  response: { headersSent: true, statusCode: 200 },
} as never

/** Workers that hand on what they are asked as JSON does, as between processes; `silent` are those that never answer. */
function createTeam(size: number, silent: readonly number[] = []): Metrics[] {
  const answerers = new Map<number, () => unknown>()
  return Array.from({ length: size }, (_, at) => {
    const number = at + 1
    const team: Colleagues = {
      size,
      number,
      answer: (_subject, answerer) => void answerers.set(number, answerer),
      async ask() {
        const others = [...answerers].filter(([one]) => one !== number && !silent.includes(one))
        const answers = await Promise.all(others.map(([, answerer]) => answerer()))
        return JSON.parse(JSON.stringify(answers)) as unknown[]
      },
    }
    return createMetrics(team)
  })
}

test('any worker answers for all of them, and each series names its worker', async () => {
  const workers = createTeam(3)
  workers[0]?.countRequest(answered, 1)
  workers[2]?.countRequest(answered, 1)
  workers[2]?.countRequest(answered, 1)
  for (const asked of workers) {
    const scrape = parseMetrics(await asked.text())
    const counts = ['1', '2', '3'].map((worker) =>
      scrape.value('coatcheck_requests_total', { operation: 'Me', code: 'ok', worker }),
    )
    expect(counts).toEqual([1, undefined, 2])
    expect(scrape.value('coatcheck_workers_silent')).toBe(0)
    expect(scrape.value('coatcheck_logins_total', { outcome: 'success', worker: '2' })).toBe(0)
  }
  for (const worker of workers) worker.close()
})

test('a worker that does not answer is missing, and counted as silent', async () => {
  const workers = createTeam(3, [2])
  const scrape = parseMetrics((await workers[0]?.text()) ?? '')
  expect(scrape.value('coatcheck_workers_silent')).toBe(1)
  const named = new Set(scrape.samples.map(({ labels }) => labels['worker']))
  expect(named).toEqual(new Set(['1', '3', undefined]))
  for (const worker of workers) worker.close()
})
