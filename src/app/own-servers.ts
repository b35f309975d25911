import { serve } from '../http/server.ts'
import type { RunningServer, Served } from '../http/server.ts'
import type { Observed } from '../http/intake.ts'
import type { Config } from '../config/config.ts'
import { splitAddress } from '../config/declared/addresses.ts'
import type { MetricsListener } from '../metrics/listener.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Team } from '../workers/team.ts'

/** Where our own server listens. Left out: HOST and PORT of the settings. */
export interface ServeOptions {
  readonly host?: string
  /** 0 picks a free one. */
  readonly port?: number
}

/** The servers of our own that an application runs: none, as a rule one. */
export interface OwnServers {
  /** Rejects where the address cannot be had, where the first staff user breaks a rule, and once they are stopped. */
  start(options?: ServeOptions): Promise<RunningServer>
  /** Drains and stops all of them, those that are just starting included. */
  stop(): Promise<void>
}

/** What the servers serve, and what comes before that. */
export interface OwnServersParts extends Observed {
  readonly served: Served
  /** Makes the first staff user. */
  readonly welcome: () => Promise<void>
  /** Does once what the first visitors would wait for. */
  readonly warm: () => Promise<void>
  /** What scrapers are told; null: nothing. */
  readonly metrics: Pick<Metrics, 'text'> | null
}

/** The servers of an application, which outlives them. Of a `team`, the first process makes the first staff user. */
export function createOwnServers(
  { served, welcome, warm, metrics, log, onAnswered }: OwnServersParts,
  config: Config,
  team?: Team,
): OwnServers {
  const started = new Set<Promise<RunningServer>>()
  let scrapers: Promise<MetricsListener | null> | undefined
  let isOver = false
  return {
    start(options = {}) {
      if (isOver) return Promise.reject(new Error('The application is closed.'))
      const starting = open(options)
      started.add(starting)
      return starting
    },
    async stop() {
      isOver = true
      const openings = await Promise.allSettled(started)
      const running = openings.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      await Promise.all(running.map((server) => server.stop()))
      // Last, so that an operator sees the drain.
      await scrapers?.then(
        (listener) => listener?.close(),
        () => undefined,
      )
    },
  }

  async function open({ host = config.host, port = config.port }: ServeOptions) {
    if (team?.isFirst ?? true) await welcome()
    // A store that is down now may be back soon: it is served around, as it is at any other time.
    await warm().catch((error: unknown) => log.warn({ err: error }, 'not warmed up'))
    await (scrapers ??= listen())
    const { http, trustProxy, hstsSeconds } = config
    const isReplaced = () => team?.leavesAlone ?? false
    const isOrphaned = () => team?.isUp === false
    const address = { host, port, http, trustProxy, hstsSeconds }
    const server = await serve(served, { ...address, log, onAnswered, isReplaced, isOrphaned })
    let stopping: Promise<void> | undefined
    return { url: server.url, stop: (patience?: number) => (stopping ??= server.stop(patience)) }
  }

  /** Opens METRICS_PORT, where it is set; null where it is not. For a team, the process that watches over it does so. */
  async function listen(): Promise<MetricsListener | null> {
    if (config.metricsPort === null || metrics === null || team) return null
    const address = { ...splitAddress(config.metricsPort), serverHost: config.host }
    const { listenForScrapers } = await import('../metrics/listener.ts')
    const { text } = metrics
    const listener = await listenForScrapers({ ...address, log, text })
    log.info({ metrics: listener.url }, 'serving metrics')
    return listener
  }
}
