import { readdir } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { ofProcess } from './catalogue-of-process.ts'
import { observe } from './cells.ts'
import type { Registry } from './registry.ts'

/** How often the event loop is asked how late it is, in milliseconds. */
const interval = 100

/**
 * Measures the process that holds the registry, as Prometheus' own clients do, and under the same names. What it returns reads
 * what cannot be read at once, before each scrape, and never rejects.
 */
export function measureProcess(registry: Registry): () => Promise<void> {
  const since = performance.eventLoopUtilization()
  let openFiles: number | null = null
  const counter = (declared: (typeof ofProcess)['cpu' | 'loopActive'], read: () => number) =>
    registry.source(declared, () => [{ labels: {}, value: read() }])
  counter(ofProcess.loopActive, () => performance.eventLoopUtilization(since).active / 1000)
  counter(ofProcess.cpu, () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  registry.gauge(ofProcess.memory, {}, () => process.memoryUsage.rss())
  registry.gauge(ofProcess.heap, {}, () => process.memoryUsage().heapUsed)
  registry.gauge(ofProcess.external, {}, () => process.memoryUsage().external)
  registry.gauge(ofProcess.startTime, {}, () => Math.round(performance.timeOrigin) / 1000)
  registry.gauge(ofProcess.openFiles, {}, () => openFiles)

  return async () => {
    // Only Linux has it. The folder itself is open while it is read.
    openFiles = await readdir('/proc/self/fd').then(
      (names) => names.length - 1,
      () => null,
    )
  }
}

/** Measures how late the event loop is, until what it returns is called. Its timer does not keep the process alive. */
export function measureLoop(registry: Registry): () => void {
  const delays = registry.histogram(ofProcess.loopDelay)
  let due = performance.now() + interval
  const timer = setInterval(() => {
    const at = performance.now()
    observe(delays, Math.max(0, at - due) / 1000)
    due = at + interval
  }, interval).unref()
  return () => clearInterval(timer)
}
