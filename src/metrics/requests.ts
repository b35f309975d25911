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
  'purpose' | 'code' | 'path' | 'hosted' | 'headers' | 'response'
>

/** Counts a request that is over. Milliseconds. */
export type CountRequest = (answered: Answered, milliseconds: number) => void

/** How many names of operations have series: a stranger can make up as many as they like. */
export const mostOperations = 60

/** How many fields have, those of a host among them. */
const mostFields = 200

/** How many codes have: those of ours are some thirty, and resolvers of a host may throw others. */
const mostCodes = 60

/** How often names make room for others, in milliseconds. */
const roomEvery = 600_000

/** No name of GraphQL has parentheses or braces, so that these are taken for none. */
export const other = '(other)'

interface Row {
  ok: number
  readonly codes: Map<string, number>
  readonly duration: Histogram
  /** How many requests it had when names last made room. */
  before: number
}

/**
 * Counts requests by operation and code. `mostOperations` names have series. Where all places are taken, a request is counted by
 * the first field of its operation, of which a stranger can make up none. Every ten minutes the names that were asked for
 * least make room for as many as found no place: what visitors ask for often keeps its place, whatever a stranger names. They
 * do so when they have been read, so that each request that they had is in what was read.
 */
export function countRequests(registry: Registry): CountRequest {
  const named = new Map<string, Row>()
  const others = new Map<string, Row>()
  const codes = new Set<string>()
  const refused = new Set<string>()
  let madeRoomAt = performance.now()
  const all = () => [...named, ...others]
  registry.source(ofTraffic.requests, () => all().flatMap(counted))
  registry.source(ofTraffic.requestDuration, () => {
    const read = all().map(([operation, { duration }]) => seriesOf(duration, { operation }))
    makeRoom()
    return read
  })

  return (answered, milliseconds) => {
    const row = rowOf(answered)
    const code = answered.code ?? codeOf(answered)
    if (code === 'ok') row.ok++
    else count(row, code)
    if (milliseconds < 1000 || !isStream(answered)) observe(row.duration, milliseconds / 1000)
  }

  function rowOf(answered: Answered): Row {
    const { name: operation = null, kind = null } = answered.purpose ?? {}
    if (operation !== null) {
      const known = named.get(operation)
      if (known !== undefined) return known
      if (named.size < mostOperations) return add(named, operation)
      if (refused.size < mostOperations / 2) refused.add(operation)
    }
    const instead = kind === null ? unnamed(answered) : `{${kind}}`
    return others.get(instead) ?? add(others, others.size < mostFields ? instead : other)
  }

  function add(rows: Map<string, Row>, name: string): Row {
    const known = rows.get(name)
    if (known !== undefined) return known
    const duration = createHistogram(ofTraffic.requestDuration.bounds)
    const row: Row = { ok: 0, codes: new Map(), duration, before: 0 }
    rows.set(name, row)
    return row
  }

  function makeRoom(): void {
    if (refused.size === 0 || performance.now() - madeRoomAt < roomEvery) return
    madeRoomAt = performance.now()
    const asked = [...named].map(([name, row]) => ({ name, row, count: totalOf(row) - row.before }))
    asked.sort((a, b) => a.count - b.count)
    for (const { name } of asked.slice(0, refused.size)) named.delete(name)
    refused.clear()
    for (const { row } of asked) row.before = totalOf(row)
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
