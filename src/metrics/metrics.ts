import type { Watch } from '../waiting/watch.ts'
import { countAuth } from './auth-counts.ts'
import type { AuthCounts } from './auth-counts.ts'
import { watchCalls } from './calls.ts'
import { ofProcess } from './catalogue-of-process.ts'
import { ofTraffic } from './catalogue-of-traffic.ts'
import type { Snapshot } from './declared.ts'
import { createHostMetrics } from './host-metrics.ts'
import type { HostMetrics } from './host-metrics.ts'
import { measureLoop, measureProcess } from './process-metrics.ts'
import { createRegistry } from './registry.ts'
import { countRequests } from './requests.ts'
import type { CountRequest } from './requests.ts'
import { showParts } from './shown.ts'
import type { ShownParts } from './shown.ts'
import { countsSubject, lastCountsSubject, metricsSubject } from './sum.ts'
import type { WorkerSnapshot } from './sum.ts'
import { renderText } from './text.ts'

/** Whose calls are timed. */
export type WatchedRoom = 'store' | 'roster' | 'hash'

/** The metrics of one application. What counts gets a function or a cell once, and looks nothing up when it counts. */
export interface Metrics {
  readonly auth: AuthCounts
  readonly countRequest: CountRequest
  readonly watch: Readonly<Record<WatchedRoom, Watch>>
  /** Shows at each scrape how the parts of the application are. Called once. */
  show(parts: ShownParts): void
  /** The text for the scraper of METRICS_PORT, of this process. */
  text(): Promise<string>
  /** What a host serves: of this application alone, without the process, which is the host's. */
  readonly forHost: HostMetrics
  /** Ends the timer, and tells the workers' primary what was counted to the end. It can still be read here. */
  close(): void
}

/** The workers of one command, as far as one of them needs them for metrics. */
export interface Colleagues {
  /** Which one this is. */
  readonly number: number
  /** Says how this worker answers what it is asked about `subject`. */
  answer(subject: string, answerer: () => unknown): void
  /** Tells `message` about `subject`. Never throws. */
  tell(subject: string, message: unknown): void
}

/** Metrics that count from now on. Applications of one process share nothing. */
export function createMetrics(team: Colleagues | null = null): Metrics {
  const registry = createRegistry()
  const ofThisProcess = createRegistry()
  const refresh = measureProcess(ofThisProcess)
  const stopLoop = measureLoop(registry)
  let onScrape = () => {}
  const startedAt = performance.timeOrigin
  const ofWorker = (snapshot: Snapshot): WorkerSnapshot => {
    return { number: team?.number ?? 1, pid: process.pid, startedAt, snapshot }
  }
  team?.answer(metricsSubject, async () => ofWorker(await whole()))
  team?.answer(countsSubject, () => ofWorker(registry.snapshot()))

  return {
    auth: countAuth(registry),
    countRequest: countRequests(registry),
    watch: {
      store: watchCalls(registry, {
        duration: ofTraffic.storeCalls,
        failures: ofTraffic.storeFailures,
        conflicts: ofTraffic.conflicts,
        conflicting: ['save', 'delete'],
      }),
      roster: watchCalls(registry, {
        duration: ofTraffic.rosterCalls,
        failures: ofTraffic.rosterFailures,
      }),
      hash: watchCalls(registry, { duration: ofProcess.hashDuration }),
    },
    show(parts) {
      onScrape = showParts(registry, parts)
    },
    text: async () => renderText(await whole()),
    forHost: createHostMetrics(registry, () => onScrape()),
    close() {
      stopLoop()
      team?.tell(lastCountsSubject, ofWorker(registry.snapshot()))
    },
  }

  async function whole(): Promise<Snapshot> {
    onScrape()
    await refresh()
    return [...registry.snapshot(), ...ofThisProcess.snapshot()]
  }
}
