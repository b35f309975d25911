import { readFileSync } from 'node:fs'
import type { Bus } from '../bus/bus.ts'
import type { Dependency } from '../waiting/dependency.ts'
import type { GateLoad } from '../waiting/gate.ts'
import { showActiveSessions } from './active-sessions.ts'
import type { ActiveSessionsOptions } from './active-sessions.ts'
import { ofProcess } from './catalogue-of-process.ts'
import { ofTraffic } from './catalogue-of-traffic.ts'
import type { Registry } from './registry.ts'

/** What is asked how it is at each scrape. */
export interface ShownParts extends Omit<ActiveSessionsOptions, 'rowsAtOnce'> {
  /** By their names in the answer of `/ready`. */
  readonly dependencies: Readonly<Record<string, Dependency>>
  /** The streams of this process. */
  readonly streams: { readonly size: number }
  readonly hashes: GateLoad
  readonly bus: Pick<Bus, 'kind' | 'state'>
  /** Did the last write of a session fail? */
  readonly isWriteFailing: () => boolean
  /** SESSION_ENGINE; `custom` for one of the host's own. */
  readonly engine: string
  /** The kind of the database. */
  readonly databaseKind: 'sqlite' | 'postgresql'
}

/** SQLite counts within this process, and 500 rows take it some two milliseconds; PostgreSQL elsewhere. */
const rowsAtOnce = { sqlite: 500, postgresql: 5000 }

/** Shows the parts. What it returns is to be called at each scrape: it counts the active sessions where it is time to. */
export function showParts(registry: Registry, parts: ShownParts): () => void {
  const { dependencies, streams, hashes, bus, engine, databaseKind } = parts
  const labels = { version: releaseOf(), node: process.versions.node, engine }
  registry.gauge(ofProcess.build, { ...labels, database: databaseKind }, () => 1)
  for (const [dependency, watched] of Object.entries(dependencies)) {
    registry.gauge(ofProcess.dependencyUp, { dependency }, () => (watched.isDown ? 0 : 1))
    registry.gauge(ofProcess.dependencyWaiting, { dependency }, () => watched.waiting)
    registry.gauge(ofProcess.dependencyFailures, { dependency }, () => watched.failures)
  }
  registry.gauge(ofProcess.writesFailing, {}, () => (parts.isWriteFailing() ? 1 : 0))
  registry.gauge(ofTraffic.streams, {}, () => streams.size)
  registry.gauge(ofProcess.hashesRunning, {}, () => hashes.running)
  registry.gauge(ofProcess.hashesWaiting, {}, () => hashes.waiting)
  registry.source(ofProcess.busUp, () => {
    const { kind, state } = bus // it may fall back to another kind
    return [{ labels: { kind }, value: state.isUp ? 1 : 0 }]
  })
  registry.gauge(ofProcess.busLag, {}, () => bus.state.lag && bus.state.lag / 1000)
  registry.gauge(ofProcess.busDropped, {}, () => bus.state.dropped)
  return showActiveSessions(registry, { ...parts, rowsAtOnce: rowsAtOnce[databaseKind] })
}

function releaseOf(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
