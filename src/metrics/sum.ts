import type { Family, Labels, Series, Snapshot } from './declared.ts'

/** What workers are asked for at a scrape. */
export const metricsSubject = 'metrics'

/** What they are asked for between scrapes: as much, of what is counted, and nothing is looked at for it. */
export const countsSubject = 'counts'

/** The metrics of one worker. */
export interface WorkerSnapshot {
  /** Its place, from 1. A worker that takes the place of another has its number. */
  readonly number: number
  /** Its process. */
  readonly pid: number
  /** When its process started, in milliseconds since 1970. */
  readonly startedAt: number
  readonly snapshot: Snapshot
}

/** The metrics of all workers of one command, as those of one process. */
export interface Sum {
  /**
   * What they are together, of those that have answered. `running` are the processes that may answer later: what any other has
   * counted stays in the sum.
   */
  take(answers: readonly WorkerSnapshot[], running: ReadonlySet<number>): Snapshot
}

/**
 * How many series of a metric are shown on that only workers have had that have ended: with each worker a stranger can make up
 * other names of operations. Of more those end that came first.
 */
const mostGone = 1000

interface Told {
  readonly startedAt: number
  readonly one: Series
}

/** A counter or a histogram with one set of labels, as all workers have counted it since the command began. */
interface Total {
  readonly labels: Labels
  /** What workers that have ended had counted, as far as they told. */
  past: Series
  /** What each of the others told last. Empty: the series stays as it is. */
  readonly told: Map<number, Told>
}

/**
 * A sum that never falls, as a counter must not: what a worker told last stays in it when that worker dies, or does not answer
 * for a while. What it counted after that is lost with it.
 */
export function createSum(): Sum {
  const totals = new Map<string, Map<string, Total>>()
  /** All that a worker has ever told of, so that a sum is shown while none answers. */
  const families = new Map<string, Family>()

  return {
    take(answers, running) {
      const workers = [...answers].sort((a, b) => a.number - b.number || a.startedAt - b.startedAt)
      for (const { snapshot } of workers)
        for (const family of snapshot)
          if (!families.has(family.name)) families.set(family.name, family)
      return [...families.values()].map((family) => {
        const told = workers.flatMap(({ snapshot, ...worker }) => {
          const { series = null } = snapshot.find(({ name }) => name === family.name) ?? {}
          return series === null ? [] : [{ ...worker, series }]
        })
        if (family.together === 'each') return { ...family, series: ofEach(told) }
        if (family.type === 'gauge') return { ...family, series: ofGauge(family, told) }
        const known = totals.get(family.name) ?? new Map<string, Total>()
        totals.set(family.name, known)
        addUp(known, told, running)
        return { ...family, series: [...known.values()].map(valueOf) }
      })
    },
  }
}

interface ToldSeries extends Omit<WorkerSnapshot, 'snapshot'> {
  readonly series: readonly Series[]
}

function addUp(
  known: Map<string, Total>,
  workers: readonly ToldSeries[],
  running: ReadonlySet<number>,
): void {
  for (const { pid, startedAt, series } of workers)
    for (const one of series) {
      const key = JSON.stringify(one.labels)
      const total = known.get(key) ?? begun(one)
      known.set(key, total)
      const before = total.told.get(pid)
      // The system gives a number of a process again.
      if (before && before.startedAt !== startedAt) total.past = plus(total.past, before.one)
      total.told.set(pid, { startedAt, one })
    }
  const gone: string[] = []
  for (const [key, total] of known) {
    for (const [pid, { one }] of total.told) {
      if (running.has(pid)) continue
      total.past = plus(total.past, one)
      total.told.delete(pid)
    }
    if (total.told.size === 0) gone.push(key)
  }
  for (const key of gone.slice(0, Math.max(0, gone.length - mostGone))) known.delete(key)
}

function begun({ labels, counts }: Series): Total {
  const past = { labels, value: 0, ...(counts && { counts: counts.map(() => 0) }) }
  return { labels, past, told: new Map() }
}

function valueOf({ past, told }: Total): Series {
  let sum = past
  for (const { one } of told.values()) sum = plus(sum, one)
  return sum
}

function plus(one: Series, other: Series): Series {
  const { labels, value, counts } = one
  const all = counts?.map((count, at) => count + (other.counts?.[at] ?? 0))
  return { labels, value: value + other.value, ...(all && { counts: all }) }
}

/** A series of each worker. Where one takes leave while its successor serves, the successor's. */
function ofEach(workers: readonly ToldSeries[]): Series[] {
  const newest = new Map(workers.map((worker) => [worker.number, worker]))
  return [...newest.values()].flatMap(({ number, series }) =>
    series.map((one) => ({ ...one, labels: { ...one.labels, worker: String(number) } })),
  )
}

function ofGauge({ together }: Family, workers: readonly ToldSeries[]): Series[] {
  const found = new Map<string, Series>()
  for (const one of workers.flatMap(({ series }) => series)) {
    const key = JSON.stringify(one.labels)
    const before = found.get(key)
    found.set(key, before ? { ...one, value: joined(together, before.value, one.value) } : one)
  }
  return [...found.values()]
}

function joined(together: Family['together'], one: number, other: number): number {
  if (together === 'sum') return one + other
  return together === 'lowest' ? Math.min(one, other) : Math.max(one, other)
}
