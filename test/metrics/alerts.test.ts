import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { programOrSkip } from '../programs.ts'
import { alertCases } from './alert-cases.ts'
import type { AlertCase } from './alert-cases.ts'
import { faultsIn } from './promql.ts'

interface Rule {
  readonly alert: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

const rules = (
  parse(readFileSync('deploy/alerts.yml', 'utf8')) as { groups: { rules: Rule[] }[] }
).groups.flatMap((group) => group.rules)

test('each alert of deploy/ has a case in which it fires and one in which it is silent', () => {
  const played = ({ alert }: Rule) => {
    const cases = alertCases.filter((one) => one.alert === alert)
    return cases.some(({ fires }) => fires) && cases.some(({ fires }) => !fires)
  }
  expect(rules.filter((rule) => !played(rule)).map(({ alert }) => alert)).toEqual([])
})

test('the cases of the alerts have only series that the server shows', () => {
  const names = alertCases.flatMap(({ series }) => Object.keys(series))
  for (const name of names) expect([name, faultsIn(name)]).toEqual([name, []])
})

const promtool = programOrSkip('promtool')

describe.skipIf(promtool === null)('promtool plays the alerts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-alerts-'))
  const files = alertCases.map((_, at) => join(folder, `${at}.yml`))
  let said: string[]
  beforeAll(() => {
    for (const rule of rules)
      writeFileSync(ruleFile(rule.alert), stringify({ groups: [{ name: 'one', rules: [rule] }] }))
    for (const [at, one] of alertCases.entries()) writeFileSync(files[at]!, stringify(testOf(one)))
    // Into one file, so that a failure stands below the name of its case.
    const output = join(folder, 'output')
    const opened = openSync(output, 'w')
    spawnSync(promtool ?? '', ['test', 'rules', ...files], { stdio: ['ignore', opened, opened] })
    closeSync(opened)
    said = readFileSync(output, 'utf8').split('Unit Testing:')
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  for (const [at, { alert, where, fires }] of alertCases.entries())
    test(`the alert ${alert} ${fires ? 'fires' : 'is silent'} where ${where}`, () => {
      const mine = said.find((text) => text.includes(files[at]!))
      expect(mine?.replace(files[at]!, '').trim()).toBe('SUCCESS')
    })

  const ruleFile = (alert: string) => join(folder, `${alert}.rules.yml`)

  /** A case as promtool reads it. Rules are evaluated as often as in deploy/prometheus.yml. */
  function testOf({ alert, every = '1m', series, fires }: AlertCase) {
    const rule = rules.find((one) => one.alert === alert)
    const expected = Object.entries(fires ?? {}).map(([eval_time, firing = []]) => ({
      eval_time,
      alertname: alert,
      exp_alerts: firing.map(([labels, summary]) => ({
        exp_labels: { ...rule?.labels, ...labels },
        exp_annotations: { ...rule?.annotations, summary },
      })),
    }))
    const silent = {
      expr: `count_over_time(ALERTS{alertname="${alert}", alertstate="firing"}[1h])`,
      eval_time: '1h',
      exp_samples: [],
    }
    return {
      rule_files: [ruleFile(alert)],
      evaluation_interval: '15s',
      tests: [
        {
          interval: every,
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          alert_rule_test: expected,
          promql_expr_test: fires ? [] : [silent],
        },
      ],
    }
  }
})
