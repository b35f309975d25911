import type { Exchange } from '../http/exchange.ts'
import { ofTraffic } from './catalogue-of-traffic.ts'
import { createHistogram, observe } from './cells.ts'
import type { Histogram } from './cells.ts'
import type { Series } from './declared.ts'
import { seriesOf } from './registry.ts'
import type { Registry } from './registry.ts'

/** What is known of a request whose answer is over. */
export type Answered = Pick<
  Exchange,
  'operation' | 'code' | 'path' | 'hosted' | 'headers' | 'response'
>

/** Counts a request that is over. Milliseconds. */
export type CountRequest = (answered: Answered, milliseconds: number) => void

/** How many operations have series of their own: a stranger can name as many as they like. */
export const mostOperations = 60

/** How many codes have: those of ours are some thirty, and resolvers of a host may throw others. */
const mostCodes = 60

/** How long an operation goes unasked before another may have its place, in milliseconds. */
const forgetAfter = 600_000

/** No name of GraphQL has parentheses, so that these are taken for none. */
export const other = '(other)'

interface Row {
  ok: number
  readonly codes: Map<string, number>
  readonly duration: Histogram
  /** How many requests it had when the rows were last looked through. */
  before: number
}

/**
 * Counts requests by operation and code. Only operations that were planned have a name; `mostOperations` of them have series,
 * and where all places are taken, one that was not asked for in the last ten minutes makes room for a new one.
 */
export function countRequests(registry: Registry): CountRequest {
  const rows = new Map<string, Row>()
  const codes = new Set<string>()
  let lookedAt = performance.now()
  registry.source(ofTraffic.requests, () => [...rows].flatMap(counted))
  registry.source(ofTraffic.requestDuration, () =>
    [...rows].map(([operation, { duration }]) => seriesOf(duration, { operation })),
  )

  return (answered, milliseconds) => {
    const row = rowOf(answered.operation ?? unnamed(answered))
    const code = answered.code ?? codeOf(answered)
    if (code === 'ok') row.ok++
    else count(row, code)
    if (milliseconds < 1000 || !isStream(answered)) observe(row.duration, milliseconds / 1000)
  }

  function rowOf(operation: string): Row {
    const known = rows.get(operation)
    if (known !== undefined) return known
    if (rows.size >= mostOperations && operation !== other) {
      forget()
      if (rows.size >= mostOperations) return rowOf(other)
    }
    const duration = createHistogram(ofTraffic.requestDuration.bounds)
    const row: Row = { ok: 0, codes: new Map(), duration, before: 0 }
    rows.set(operation, row)
    return row
  }

  function forget(): void {
    if (performance.now() - lookedAt < forgetAfter) return
    lookedAt = performance.now()
    for (const [operation, row] of rows) {
      const total = totalOf(row)
      if (total === row.before && !operation.startsWith('(')) rows.delete(operation)
      row.before = total
    }
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

function totalOf({ ok, codes }: Row): number {
  let total = ok
  for (const value of codes.values()) total += value
  return total
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

function isStream({ headers }: Answered): boolean {
  return headers.includes('text/event-stream')
}
