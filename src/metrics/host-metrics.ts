import type { IncomingMessage, ServerResponse } from 'node:http'
import { metricGroups } from './catalogue.ts'
import type { Declared, Series } from './declared.ts'
import { answerScrape } from './listener.ts'
import type { Registry } from './registry.ts'
import { contentType, renderText } from './text.ts'

/**
 * The metrics of an application, for a host that serves them where it likes. Only with the option `metrics: true`, or where
 * METRICS_PORT is set; otherwise each of them throws an error that says so. They hold no key, no id and no name of a user, but
 * they tell how busy the application is: serve them where scrapers come, and not to the world.
 */
export interface HostMetrics {
  /** The media type of the text. */
  readonly contentType: string
  /** All metrics of this application in the text format of Prometheus. Those of the process are the host's own to measure. */
  text(): Promise<string>
  /** Answers a scraper, at whatever path the host calls it. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void
  /**
   * Adds them to a registry of prom-client, version 14 or 15, whose text has them from then on. Throws, as prom-client does,
   * where the registry has those of another application already.
   */
  addTo(registry: PromRegistry): void
}

/** What is used of prom-client's `Registry`. */
export interface PromRegistry {
  registerMetric(metric: never): void
}

/** The metrics in `registry`; `onScrape` is called before they are read. */
export function createHostMetrics(registry: Registry, onScrape: () => void): HostMetrics {
  const text = async () => {
    onScrape()
    return renderText(registry.snapshot())
  }
  return {
    contentType,
    text,
    handler: (request, response) => answerScrape(request, response, text),

    addTo(promRegistry) {
      const all = metricGroups.flatMap(({ metrics }) => Object.values(metrics))
      const shown = new Set(registry.snapshot().map(({ name }) => name))
      for (const declared of all.filter(({ name }) => shown.has(name)))
        promRegistry.registerMetric(promMetric(declared, registry, onScrape) as never)
    },
  }
}

/** A metric as prom-client's registry asks for it. */
function promMetric(declared: Declared, registry: Registry, onScrape: () => void) {
  const { name, type, says: help } = declared
  const aggregator = aggregatorOf(declared)
  const get = async () => {
    onScrape()
    const values = registry.read(declared).flatMap((series) => promValues(declared, series))
    return { name, type, help, aggregator, values }
  }
  return { name, type, help, aggregator, get, reset() {} }
}

/**
 * How prom-client's registry of a cluster puts those of several workers together: as `WORKERS` does. What that shows for each
 * worker tells of processes, which a host measures itself.
 */
function aggregatorOf({ type, together }: Declared): 'sum' | 'min' | 'max' {
  if (together === 'lowest') return 'min'
  return type === 'gauge' && together === undefined ? 'max' : 'sum'
}

interface PromValue {
  readonly metricName?: string
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
}

function promValues(
  { name, bounds = [] }: Declared,
  { labels, value, counts }: Series,
): PromValue[] {
  if (counts === undefined) return [{ labels, value }]
  let sum = 0
  const buckets = counts.map((count, at) => {
    sum += count
    return {
      metricName: `${name}_bucket`,
      labels: { le: bounds[at] ?? '+Inf', ...labels },
      value: sum,
    }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value },
    { metricName: `${name}_count`, labels, value: sum },
  ]
}
