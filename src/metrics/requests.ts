import type { Exchange } from '../http/exchange.ts'
import { ofTraffic } from './catalogue-of-traffic.ts'
import { createHistogram, observe } from './cells.ts'
import type { Histogram } from './cells.ts'
import type { Series } from './declared.ts'
import { seriesOf } from './registry.ts'
import type { Registry } from './registry.ts'

/** What is known of a request whose answer is over. */
export type Answered = Pick<Exchange, 'purpose' | 'code' | 'path' | 'hosted' | 'response'>

/** Counts a request that is over. Milliseconds. */
export type CountRequest = (answered: Answered, milliseconds: number) => void

/** How many names of operations have series: a stranger can make up as many as they like. */
export const mostOperations = 60

/** How many fields have, those of a host among them. */
const mostFields = 200

/** How many codes have: those of ours are some thirty, and resolvers of a host may throw others. */
const mostCodes = 60

/** No name of GraphQL has parentheses or braces, so that these are taken for none. */
export const other = '(other)'

interface Row {
  ok: number
  readonly codes: Map<string, number>
  readonly duration: Histogram
}

/**
 * Counts requests by operation and code. The first `mostOperations` names have series, for as long as the process runs: a series
 * that is shown once stays, and each scraper finds all of it. Every other request is counted by the first field of its
 * operation, of which a stranger can make up none.
 */
export function countRequests(registry: Registry): CountRequest {
  const named = new Map<string, Row>()
  const others = new Map<string, Row>()
  const codes = new Set<string>()
  const all = () => [...named, ...others]
  registry.source(ofTraffic.requests, () => all().flatMap(counted))
  registry.source(ofTraffic.requestDuration, () =>
    all().map(([operation, { duration }]) => seriesOf(duration, { operation })),
  )

  return (answered, milliseconds) => {
    const row = rowOf(answered)
    const code = answered.code ?? codeOf(answered)
    if (code === 'ok') row.ok++
    else count(row, code)
    // A query over `text/event-stream` is no stream: its answer ends by itself.
    if (!answered.purpose?.isStream) observe(row.duration, milliseconds / 1000)
  }

  function rowOf(answered: Answered): Row {
    const { name: operation = null, kind = null } = answered.purpose ?? {}
    if (operation !== null) {
      const known = named.get(operation)
      if (known !== undefined) return known
      if (named.size < mostOperations) return add(named, operation)
    }
    const instead = kind === null ? unnamed(answered) : `{${kind}}`
    return others.get(instead) ?? add(others, others.size < mostFields ? instead : other)
  }

  function add(rows: Map<string, Row>, name: string): Row {
    const known = rows.get(name)
    if (known !== undefined) return known
    const duration = createHistogram(ofTraffic.requestDuration.bounds)
    const row: Row = { ok: 0, codes: new Map(), duration }
    rows.set(name, row)
    return row
  }

  function count(row: Row, code: string): void {
    if (!codes.has(code) && codes.size < mostCodes && isCode.test(code)) codes.add(code)
    const counted = codes.has(code) ? code : other
    row.codes.set(counted, (row.codes.get(counted) ?? 0) + 1)
  }
}

/** As ours are. What a resolver of a host throws may be anything. */
const isCode = /^[A-Z][A-Z0-9_]{1,39}$/

function counted([operation, { ok, codes }]: [string, Row]): Series[] {
  const outcomes = [...(ok > 0 ? [['ok', ok] as const] : []), ...codes]
  return outcomes.map(([code, value]) => ({ labels: { operation, code }, value }))
}

/** What a request without a name of an operation was for. */
function unnamed({ hosted, path }: Answered): string {
  if (hosted !== null) return '(mounted)'
  if (path === '/graphql') return '(unnamed)'
  if (path === '/health' || path === '/ready') return '(probe)'
  return path === '/admin' || path.startsWith('/admin/') ? '(admin)' : other
}

/** The outcome of an answer without a code. */
function codeOf({ response }: Answered): string {
  if (!response.headersSent) return 'CUT_OFF'
  return response.statusCode < 400 ? 'ok' : `HTTP_${response.statusCode}`
}
