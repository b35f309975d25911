import { readFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'
import { metricGroups } from '../../src/metrics/catalogue.ts'
import { metricsPage } from '../../src/metrics/page.ts'

const metrics = metricGroups.flatMap((group) => Object.values(group.metrics))

test('docs/metrics.md is what the metrics declare: run `npm run print-metrics` when it is not', async () => {
  const filepath = 'docs/metrics.md'
  const options = { ...(await resolveConfig(filepath)), filepath }
  expect(readFileSync(filepath, 'utf8')).toBe(await format(metricsPage(), options))
})

test('every metric has a name of its own, and names of counters alone end in _total', () => {
  const names = metrics.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  for (const { name, type } of metrics)
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter'])
})
