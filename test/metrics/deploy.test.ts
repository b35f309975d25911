import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { engineNames } from '../../src/config/engines.ts'
import { startServer } from '../harness.ts'
import { programOrSkip } from '../programs.ts'
import { parseMetrics } from './parse.ts'
import type { Scrape } from './parse.ts'
import { boundsOf, faultsIn, labelsOf, selectorsIn } from './promql.ts'

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly runbook: string }
}

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
}

const rules = (
  parse(readFileSync('deploy/alerts.yml', 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules)
const dashboard = JSON.parse(readFileSync('deploy/grafana.json', 'utf8')) as Dashboard
/** Grafana puts a time in its place, and the picked names. */
const asAsked = (expr: string) =>
  expr.replaceAll('$__rate_interval', '5m').replaceAll(/\$(job|instance)/g, '.*')
const targets = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map((target) => ({ title, ...target, expr: asAsked(target.expr) })),
)
const queries = [...rules.map(({ expr }) => expr), ...targets.map(({ expr }) => expr)]

test.each([
  ['rate(coatcheck_requests[5m])', 'There is no metric coatcheck_requests.'],
  ['coatcheck_requests_total{user="ada"}', 'coatcheck_requests_total has no label user.'],
  ['sum by (user) (coatcheck_requests_total)', 'No metric of the query has the label user.'],
  ['rate(coatcheck_streams_open[5m])', 'coatcheck_streams_open is a gauge: it has no rate.'],
  ['coatcheck_hash_duration_seconds', 'There is no metric coatcheck_hash_duration_seconds.'],
  [
    'coatcheck_event_loop_delay_seconds_bucket{le="0.2"}',
    'coatcheck_event_loop_delay_seconds_bucket has no bound 0.2.',
  ],
  ['sum(rate(coatcheck_requests_total[5m])', 'What is ""?'],
])('the check of queries finds what is wrong with %s', (query, fault) => {
  expect(faultsIn(query)).toEqual([fault])
})

test('every query of the alerts and of the dashboard names metrics and labels that there are', () => {
  expect(rules.length).toBeGreaterThan(10)
  expect(targets.length).toBeGreaterThan(30)
  for (const query of queries) expect([query, faultsIn(query)]).toEqual([query, []])
})

test('each alert on a quantile compares it with a bound of the histogram, as between two bounds Prometheus guesses', () => {
  const asked = rules.flatMap(({ expr }) => [
    ...expr.matchAll(/histogram_quantile\(.*?(\w+_bucket).*> ([\d.]+)/gs),
  ])
  expect(asked.length).toBeGreaterThan(2)
  for (const [, metric = '', threshold] of asked)
    expect([metric, boundsOf(metric)]).toEqual([metric, expect.arrayContaining([threshold])])
})

test('every legend of the dashboard names labels that its query leaves', () => {
  for (const { expr, legendFormat } of targets) {
    const labels = selectorsIn(expr).flatMap(({ metric }) => labelsOf(metric) ?? [])
    const grouped = /\bby \(([^)]*)\)/.exec(expr)?.[1]?.split(', ')
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      expect([expr, (grouped ?? labels).includes(label)]).toEqual([expr, true])
  }
})

test('the dashboard reads its lists from a metric that there is', () => {
  const definitions = dashboard.templating.list.flatMap(({ definition = '' }) =>
    [...definition.matchAll(/^label_values\((\w+)/g)].map(([, metric = '']) => metric),
  )
  expect(definitions.length).toBe(2)
  for (const metric of definitions) expect([metric, labelsOf(metric)]).not.toEqual([metric, null])
})

test('docs/runbook.md says of every alert what to do, and of no other', () => {
  const guide = readFileSync('docs/runbook.md', 'utf8')
  const explained = [...guide.matchAll(/^\| `(Coatcheck\w+)`/gm)].map(([, alert]) => alert)
  expect(explained.sort()).toEqual(rules.map(({ alert }) => alert).sort())
  expect(guide).toContain('\n## Alerts\n')
  for (const { annotations } of rules) expect(annotations.runbook).toBe('docs/runbook.md#alerts')
})

describe('with a text of the server', () => {
  let text: string
  let scrape: Scrape
  beforeAll(async () => {
    const server = await startServer({ METRICS_PORT: '0' })
    const ada = await server.signedIn('ada')
    await ada.data('mutation Add { addCartItem(input: { sku: "umbrella" }) { __typename } }')
    text = (await server.app.metrics?.text()) ?? ''
    scrape = parseMetrics(text)
    await server.stop()
  })

  test('queries compare labels only with values that the server shows', () => {
    /** These come with what happens, and not before. */
    const later = ['code', 'job', 'instance', 'worker']
    for (const { metric, matchers } of queries.flatMap(selectorsIn)) {
      const base = metric.replace(/_(bucket|sum|count)$/, '')
      const series = scrape.samples.filter(({ name }) => name === metric || name === base)
      for (const { label, isExact, text: wanted } of matchers.filter(
        ({ label: one }) => !later.includes(one),
      )) {
        const values = [...new Set(series.map(({ labels }) => labels[label]))]
        if (wanted === 'cache') continue // only the cached database has it
        if (metric === 'coatcheck_sessions_active') expect(['guest', 'signed_in']).toContain(wanted)
        else if (metric === 'coatcheck_build_info') expect(engineNames).toContain(wanted)
        else if (isExact)
          expect([metric, values]).toEqual([metric, expect.arrayContaining([wanted])])
        else
          for (const one of wanted.split('|'))
            expect([metric, values]).toEqual([metric, expect.arrayContaining([one])])
      }
    }
  })

  const promtool = programOrSkip('promtool')
  describe.skipIf(promtool === null)('promtool', () => {
    const run = (words: string[], input = '') => {
      const { status, stdout, stderr } = spawnSync(promtool ?? '', words, {
        encoding: 'utf8',
        input,
      })
      return { status, output: stdout + stderr }
    }

    test('promtool finds nothing wrong with the text of the server', () => {
      expect(run(['check', 'metrics'], text)).toEqual({ status: 0, output: '' })
    })

    test('promtool finds nothing wrong with the alerts and with the scrape of deploy/', () => {
      const { status, output } = run(['check', 'config', 'deploy/prometheus.yml'])
      expect([status, output]).toEqual([0, expect.stringContaining(`${rules.length} rules found`)])
    })
  })
})
