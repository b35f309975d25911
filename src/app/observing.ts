import type { Logger } from 'pino'
import type { PasswordHasher } from '../auth/passwords/password.ts'
import type { RequestRoster } from '../auth/roster/roster.ts'
import type { Throttle } from '../auth/throttle/throttle.ts'
import type { Config } from '../config/config.ts'
import { databaseKind } from '../database/database.ts'
import type { HostMetrics } from '../metrics/host-metrics.ts'
import type { Colleagues, Metrics, WatchedRoom } from '../metrics/metrics.ts'
import type { ShownParts } from '../metrics/shown.ts'
import type { CreateStore } from '../session/engines/custom-engine.ts'
import type { WithSession } from '../session/serve.ts'
import { openSpans } from './tracing.ts'
import { unwatched } from '../waiting/watch.ts'
import type { Watch } from '../waiting/watch.ts'

/** What is measured of an application. Where nothing is, every part stays as it is, and nothing of it is loaded. */
export interface Observation {
  /** null: nothing is counted. */
  readonly metrics: Metrics | null
  /** Times and traces the calls of a room. */
  watch(room: WatchedRoom): Watch
  watchHasher(hasher: PasswordHasher): PasswordHasher
  watchThrottle(throttle: Throttle): Throttle
  /** Makes each operation a span, where the process has a provider of OpenTelemetry. */
  traceOperations(withSession: WithSession<RequestRoster>): WithSession<RequestRoster>
  /** Runs what belongs to no operation without spans. */
  untraced<Result>(work: () => Result): Result
  /** Shows at each scrape how these are. */
  show(parts: Omit<ShownParts, 'engine' | 'databaseKind'>): void
}

/** What decides whether there are metrics. */
export interface ObservationOptions {
  /** The host's option. */
  readonly metrics?: boolean
  /** The host's engine, or the name of one. */
  readonly engine?: string | CreateStore
  readonly serves?: boolean
  readonly team?: Colleagues
}

/** Measures what METRICS_PORT or the host asks for: nothing, as a rule, and nothing in a command. */
export async function openObservation(
  config: Pick<Config, 'metricsPort' | 'sessionEngine' | 'databaseUrl'>,
  options: ObservationOptions,
  log: Logger,
): Promise<Observation> {
  const { metrics: isWanted = false, serves = true, team } = options
  const isMeasured = serves && (isWanted || config.metricsPort !== null)
  const metrics = isMeasured
    ? (await import('../metrics/metrics.ts')).createMetrics(team ?? null)
    : null
  const spans = serves ? await openSpans(log) : null
  const watch = (room: WatchedRoom): Watch => {
    const counted = metrics?.watch[room] ?? unwatched
    const traced = spans?.watch(room) ?? unwatched
    return (operation, call) => counted(operation, traced(operation, call))
  }
  return {
    metrics,
    watch,
    watchHasher(hasher) {
      if (metrics === null && spans === null) return hasher
      const observed = watch('hash')
      return {
        ...hasher,
        hash: observed('hash', hasher.hash),
        verify: observed('verify', hasher.verify),
      }
    },
    watchThrottle: (throttle) => metrics?.auth.watchThrottle(throttle) ?? throttle,
    traceOperations: (withSession) => spans?.traceOperations(withSession) ?? withSession,
    untraced: (work) => (spans ? spans.untraced(work) : work()),
    show(parts) {
      const engine = nameOf(options.engine ?? config.sessionEngine)
      metrics?.show({ ...parts, engine, databaseKind: databaseKind(config.databaseUrl).name })
    },
  }
}

/** The name of an engine. A file of the operator's own is not named. */
function nameOf(engine: string | CreateStore): string {
  return typeof engine === 'string' && /^[\w-]+$/.test(engine) ? engine : 'custom'
}

/** The metrics of a host that has not asked for any: reading them throws a `TypeError` that says how to. */
export const unmeasured: HostMetrics = {
  get contentType() {
    return refuse()
  },
  text: async () => refuse(),
  handler: () => refuse(),
  addTo: () => refuse(),
}

function refuse(): never {
  throw new TypeError('This application counts nothing: pass `metrics: true` to createApp.')
}
