import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { engineNames } from '../../src/config/engines.ts'
import { startServer } from '../harness.ts'
import { programOrSkip } from '../programs.ts'
import { parseMetrics } from './parse.ts'
import type { Scrape } from './parse.ts'
import { faultsIn, labelsOf, selectorsIn } from './promql.ts'

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
  ['sum(rate(coatcheck_requests_total[5m])', 'What is ""?'],
])('the check of queries finds what is wrong with %s', (query, fault) => {
  expect(faultsIn(query)).toEqual([fault])
})

test('every query of the alerts and of the dashboard names metrics and labels that there are', () => {
  expect(rules.length).toBeGreaterThan(10)
  expect(targets.length).toBeGreaterThan(30)
  for (const query of queries) expect([query, faultsIn(query)]).toEqual([query, []])
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
    let folder: string
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'coatcheck-promtool-'))
    })
    afterAll(() => rmSync(folder, { recursive: true, force: true }))

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

    test('the alerts of deploy/ fire where they should, and not before', () => {
      const file = join(folder, 'alerts.test.yml')
      writeFileSync(file, alertTests)
      const { status, output } = run(['test', 'rules', file])
      expect([status, output]).toEqual([0, expect.stringContaining('SUCCESS')])
    })
  })
})

const series = (name: string, values: string) =>
  `      - series: '${name}'\n        values: '${values}'`
const alertTests = `
rule_files: ['${resolve('deploy/alerts.yml')}']
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
${series('coatcheck_dependency_up{instance="a", dependency="database"}', '1x5 0x10')}
${series('coatcheck_requests_total{instance="a", operation="Me", code="ok"}', '0+600x30')}
${series('coatcheck_requests_total{instance="a", operation="Me", code="INTERNAL_SERVER_ERROR"}', '0x10 0+60x20')}
${series('coatcheck_logins_total{instance="a", outcome="refused"}', '0x5 0+120x30')}
${series('coatcheck_logins_total{instance="a", outcome="success"}', '0+1x35')}
${series('coatcheck_sessions_active{instance="a", kind="signed_in"}', '1000x20 100x10')}
${series('coatcheck_sessions_ended_total{instance="a", reason="REVOKED"}', '3x20 903x10')}
${series('coatcheck_sessions_lost{instance="a"}', '0x30')}
${series('coatcheck_bus_lag_seconds{instance="a"}', '0.002x5 34 0.002x5 2.5x15')}
${series('coatcheck_build_info{instance="a", engine="signed-cookies"}', '1x35')}
${series('coatcheck_build_info{instance="b", engine="database"}', '1x35')}
${series('coatcheck_cookies_foreign_total{instance="a"}', '0x10 0+300x20')}
${series('coatcheck_cookies_foreign_total{instance="b"}', '0+600x35')}
    alert_rule_test:
      - { eval_time: 10m, alertname: CoatcheckCookiesForeign, exp_alerts: [] }
      - eval_time: 25m
        alertname: CoatcheckCookiesForeign
        exp_alerts:
          - exp_labels: { severity: page }
            exp_annotations:
              summary: '5 requests a second come with cookies that another SECRET_KEY has sealed.'
              runbook: docs/runbook.md#alerts
      - { eval_time: 5m, alertname: CoatcheckDependencyDown, exp_alerts: [] }
      - eval_time: 10m
        alertname: CoatcheckDependencyDown
        exp_alerts:
          - exp_labels: { severity: page, instance: a, dependency: database }
            exp_annotations: { summary: 'a cannot reach its database.', runbook: 'docs/runbook.md#alerts' }
      - { eval_time: 10m, alertname: CoatcheckFaults, exp_alerts: [] }
      - eval_time: 25m
        alertname: CoatcheckFaults
        exp_alerts:
          - exp_labels: { severity: page }
            exp_annotations: { summary: '9.091% of requests end in a fault.', runbook: 'docs/runbook.md#alerts' }
      - { eval_time: 5m, alertname: CoatcheckGuessing, exp_alerts: [] }
      - eval_time: 30m
        alertname: CoatcheckGuessing
        exp_alerts:
          - exp_labels: { severity: ticket }
            exp_annotations: { summary: '2 logins a second are refused.', runbook: 'docs/runbook.md#alerts' }
      - { eval_time: 9m, alertname: CoatcheckBusLate, exp_alerts: [] }
      - eval_time: 25m
        alertname: CoatcheckBusLate
        exp_alerts:
          - exp_labels: { severity: ticket, instance: a }
            exp_annotations: { summary: 'Messages are 2.5s on their way to a.', runbook: 'docs/runbook.md#alerts' }
      - { eval_time: 19m, alertname: CoatcheckSignedOut, exp_alerts: [] }
      - eval_time: 25m
        alertname: CoatcheckSignedOut
        exp_alerts:
          - exp_labels: { severity: page }
            exp_annotations:
              summary: '900 sessions were ended from outside within a quarter of an hour: more than a fifth.'
              runbook: docs/runbook.md#alerts
      - { eval_time: 25m, alertname: CoatcheckSessionsLost, exp_alerts: [] }
  # An evening: of a thousand, seven hundred log out or expire within a quarter of an hour, and three change a password.
  - interval: 1m
    input_series:
${series('coatcheck_sessions_active{instance="a", kind="signed_in"}', '1000x20 950-50x13 300x60')}
${series('coatcheck_sessions_lost{instance="a"}', '2x100')}
${series('coatcheck_sessions_ended_total{instance="a", reason="LOGOUT"}', '0x20 20+20x13 300x60')}
${series('coatcheck_sessions_ended_total{instance="a", reason="EXPIRED"}', '0x60 400x40')}
${series('coatcheck_sessions_ended_total{instance="a", reason="PASSWORD_CHANGED"}', '0x20 3x80')}
    promql_expr_test:
      - expr: count(count_over_time(ALERTS{alertname=~"CoatcheckSignedOut|CoatcheckSessionsLost"}[100m])) or vector(0)
        eval_time: 100m
        exp_samples: [{ value: 0 }]
  # Redis restarts empty: of a thousand none opens, and some have signed in again. The rows stay.
  - interval: 1m
    input_series:
${series('coatcheck_sessions_active{instance="a", kind="signed_in"}', '1000x20 0+10x40')}
${series('coatcheck_sessions_lost{instance="a"}', '0x20 1000x40')}
    alert_rule_test:
      - { eval_time: 19m, alertname: CoatcheckSessionsLost, exp_alerts: [] }
      - eval_time: 25m
        alertname: CoatcheckSessionsLost
        exp_alerts:
          - exp_labels: { severity: page }
            exp_annotations:
              summary: 'The store has lost 1k sessions within a quarter of an hour: more than a fifth.'
              runbook: docs/runbook.md#alerts
      - { eval_time: 50m, alertname: CoatcheckSessionsLost, exp_alerts: [] }
  # A hang as it shows at a scrape of every 15 seconds: the primary kills the worker after half a minute.
  - interval: 15s
    input_series:
${series('coatcheck_workers_silent{instance="hangs-once"}', '0x20 1 1 1 0x180')}
${series('coatcheck_workers_silent{instance="hangs-thrice"}', '0x20 1 1 0x15 1 1 1 0x15 1 1 0x180')}
${series('coatcheck_workers_silent{instance="hangs-while-it-starts"}', '0x20 1 1 1 1 1 0x180')}
${series('coatcheck_workers_silent{instance="crashes"}', '0x20 0 1 1 1 1 0 1 1 1 0 1 1 1 0x180')}
${series('coatcheck_workers_silent{instance="deployed"}', '1 1 0x200')}
    alert_rule_test:
      - { eval_time: 7m, alertname: CoatcheckWorkerSilent, exp_alerts: [{ exp_labels: { severity: ticket, instance: crashes }, exp_annotations: { summary: 'A worker of crashes was silent for 1m 30s of the last half hour.', runbook: 'docs/runbook.md#alerts' } }] }
      - eval_time: 20m
        alertname: CoatcheckWorkerSilent
        exp_alerts:
          - exp_labels: { severity: ticket, instance: crashes }
            exp_annotations: { summary: 'A worker of crashes was silent for 2m 30s of the last half hour.', runbook: 'docs/runbook.md#alerts' }
          - exp_labels: { severity: ticket, instance: hangs-thrice }
            exp_annotations: { summary: 'A worker of hangs-thrice was silent for 1m 45s of the last half hour.', runbook: 'docs/runbook.md#alerts' }
      - { eval_time: 50m, alertname: CoatcheckWorkerSilent, exp_alerts: [] }
  # Four workers that crash in turn, of which none does so more than twice; a deploy of four; and a process without workers.
  - interval: 15s
    input_series:
${series('process_start_time_seconds{job="coatcheck", instance="crashes", worker="1"}', '1x20 100x20 500x160')}
${series('process_start_time_seconds{job="coatcheck", instance="crashes", worker="2"}', '2x25 _x1 200x20 600x160')}
${series('process_start_time_seconds{job="coatcheck", instance="crashes", worker="3"}', '3x30 300x180')}
${series('process_start_time_seconds{job="coatcheck", instance="crashes", worker="4"}', '4x35 400x180')}
${[1, 2, 3, 4].map((worker) => series(`process_start_time_seconds{job="coatcheck", instance="deployed", worker="${worker}"}`, `${worker}x20 _x2 10${worker}x180`)).join('\n')}
${series('process_start_time_seconds{job="coatcheck", instance="alone"}', '1x20 100x10 200x10 300x180')}
    alert_rule_test:
      - eval_time: 20m
        alertname: CoatcheckRestarts
        exp_alerts:
          - exp_labels: { severity: ticket, job: coatcheck, instance: crashes }
            exp_annotations: { summary: 'crashes or a worker of it has started 6 times in half an hour.', runbook: 'docs/runbook.md#alerts' }
  - interval: 1m
    input_series:
${series('coatcheck_bus_up{job="one-file", instance="a", kind="processes"}', '1x30')}
${series('coatcheck_bus_up{job="one-file", instance="b", kind="sqlite"}', '1x30')}
${series('coatcheck_bus_up{job="pooled", instance="c", kind="processes"}', '0x30')}
${series('coatcheck_bus_up{job="pooled", instance="d", kind="postgresql"}', '1x30')}
    alert_rule_test:
      - eval_time: 20m
        alertname: CoatcheckBusSplit
        exp_alerts:
          - exp_labels: { severity: ticket, job: pooled }
            exp_annotations:
              summary: 'Processes of pooled tell each other over different ways, and do not hear each other.'
              runbook: docs/runbook.md#alerts
`
