import { parser } from '@prometheus-io/lezer-promql'
import { metricGroups } from '../../src/metrics/catalogue.ts'
import type { Declared } from '../../src/metrics/declared.ts'

/** A matcher of a query: `code="ok"`. */
interface Matcher {
  readonly label: string
  readonly isExact: boolean
  readonly text: string
}

/** One selector of a query. */
export interface Selector {
  readonly metric: string
  readonly matchers: readonly Matcher[]
}

/** What Prometheus adds to every series by itself. */
const fromOutside = ['job', 'instance']

const declared = new Map<string, Declared>(
  metricGroups
    .flatMap(({ metrics }) => Object.values(metrics))
    .flatMap((metric): [string, Declared][] =>
      metric.type === 'histogram'
        ? ['_bucket', '_sum', '_count'].map((end) => [metric.name + end, metric])
        : [[metric.name, metric]],
    ),
)

/** The labels that a series of this name may have; null for a name that the server does not know. */
export function labelsOf(name: string): readonly string[] | null {
  if (name === 'up') return fromOutside
  const metric = declared.get(name)
  if (metric === undefined) return null
  const added = [
    ...(name.endsWith('_bucket') ? ['le'] : []),
    ...(metric.together === 'each' ? ['worker'] : []),
  ]
  return [...metric.labels, ...added, ...fromOutside]
}

/** The `le` of the buckets that a histogram has; none for what is no histogram. */
export function boundsOf(name: string): readonly string[] {
  const { bounds } = declared.get(name) ?? {}
  return bounds ? [...bounds.map(String), '+Inf'] : []
}

/** What is wrong with a query in PromQL, a sentence each: with its syntax, or with a name that no metric or label has. */
export function faultsIn(query: string): string[] {
  const faults: string[] = []
  const known = new Set(fromOutside)
  for (const { metric, matchers } of selectorsIn(query)) {
    const labels = labelsOf(metric)
    if (labels === null) faults.push(`There is no metric ${metric}.`)
    for (const label of labels ?? []) known.add(label)
    for (const { label, text } of matchers)
      if (labels && !labels.includes(label)) faults.push(`${metric} has no label ${label}.`)
      else if (label === 'le' && !boundsOf(metric).includes(text))
        faults.push(`${metric} has no bound ${text}.`)
  }
  walk(query, (name, text) => {
    if (name === '⚠') faults.push(`What is "${text}"?`)
  })
  for (const label of groupingsIn(query))
    if (!known.has(label)) faults.push(`No metric of the query has the label ${label}.`)
  for (const metric of ratedIn(query))
    if (declared.get(metric)?.type === 'gauge') faults.push(`${metric} is a gauge: it has no rate.`)
  return faults
}

/** The selectors of a query. */
export function selectorsIn(query: string): Selector[] {
  const found: { metric: string; matchers: Matcher[] }[] = []
  let label = ''
  let isExact = false
  let isGrouping = false
  walk(query, (name, text) => {
    if (name === 'VectorSelector') found.push({ metric: '', matchers: [] })
    if (name === 'GroupingLabels') isGrouping = true
    if (name === 'VectorSelector' || name === 'LabelMatchers') isGrouping = false
    const last = found.at(-1)
    if (last === undefined || isGrouping) return
    if (name === 'Identifier') last.metric = text
    if (name === 'LabelName') label = text
    if (name === 'MatchOp') isExact = text === '='
    if (name === 'StringLiteral') last.matchers.push({ label, isExact, text: text.slice(1, -1) })
  })
  return found
}

function groupingsIn(query: string): string[] {
  const labels: string[] = []
  let isGrouping = false
  walk(query, (name, text) => {
    if (name === 'GroupingLabels') isGrouping = true
    else if (name !== 'LabelName') isGrouping = false
    else if (isGrouping) labels.push(text)
  })
  return labels
}

/** The metrics of selectors that `rate` or `increase` are taken of. */
function ratedIn(query: string): string[] {
  return [...query.matchAll(/\b(?:rate|increase)\((\w+)/g)].map(([, metric = '']) => metric)
}

function walk(query: string, visit: (name: string, text: string) => void): void {
  parser.parse(query).iterate({
    enter: ({ name, from, to }) => visit(name, query.slice(from, to)),
  })
}
