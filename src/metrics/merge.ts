import type { Family, Series, Snapshot } from './declared.ts'

/** The metrics of one worker, which has a number. */
export interface WorkerSnapshot {
  readonly number: number
  readonly snapshot: Snapshot
}

/**
 * The metrics of several processes as one text has them: each series with a label that names its worker, and figures of the
 * database once. They are not added up here: where a worker is started anew, its counters begin at 0, which Prometheus takes
 * note of for each series, and a sum would fall and look as if all workers had begun anew.
 */
export function mergeWorkers(workers: readonly WorkerSnapshot[]): Snapshot {
  const families = new Map<string, Family & { series: Series[] }>()
  for (const { number, snapshot } of [...workers].sort((a, b) => a.number - b.number)) {
    for (const family of snapshot) {
      const own = family.isShared
        ? family.series
        : family.series.map((one) => ({
            ...one,
            labels: { ...one.labels, worker: String(number) },
          }))
      const merged = families.get(family.name)
      if (merged === undefined) families.set(family.name, { ...family, series: [...own] })
      else if (!family.isShared || merged.series.length === 0) merged.series.push(...own)
    }
  }
  return [...families.values()]
}
