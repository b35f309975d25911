import type { Family, Labels, Series, Snapshot } from './declared.ts'

/** What workers are asked for at a scrape. */
export const metricsSubject = 'metrics'

/** What they are asked for between scrapes: as much, of what is counted, and nothing is looked at for it. */
export const countsSubject = 'counts'

/** About what a worker tells the primary, unasked, when it has answered its last request: what it has counted. */
export const lastCountsSubject = 'last counts'

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
  /** Keeps what a worker has counted that will answer no more. An older answer of its that comes later changes nothing. */
  keep(last: WorkerSnapshot): void
}

/**
 * How many series of a metric are shown on that only workers have had that have ended: with each worker a stranger can make up
 * other names of operations. Of more those end that came first.
 */
const mostGone = 1000

interface Told {
  readonly startedAt: number
  readonly one: Series
  /** Had its process ended when the sum was last taken? What it told last may come behind its end. */
  readonly isGone?: true
}

/** A counter or a histogram with one set of labels, as all workers have counted it since the command began. */
interface Total {
  readonly labels: Labels
  /** What workers that have ended had counted, as far as they told. */
  past: Series
  /** What each of the others told last. Empty: the series stays as it is. */
  readonly told: Map<number, Told>
  /** The highest value that was shown: fractions that are added in another order give a sum that is lower by their rounding. */
  shown: number
}

/**
 * A sum that never falls, as a counter must not: what a worker told last stays in it when that worker ends, or does not answer
 * for a while. What a worker that is killed counted after that is lost with it.
 */
export function createSum(): Sum {
  const totals = new Map<string, Map<string, Total>>()
  /** The processes whose books are closed, and when each of them started. */
  const closed = new Map<number, number>()
  /** All that a worker has ever told of, so that a sum is shown while none answers. */
  const families = new Map<string, Family>()

  return {
    take(answers, running) {
      const workers = [...answers].sort((a, b) => a.number - b.number || a.startedAt - b.startedAt)
      workers.forEach(learnFamilies)
      return [...families.values()].map((family) => {
        const told = workers.flatMap((worker) => toldOf(worker, family))
        if (family.together === 'each') return { ...family, series: ofEach(told) }
        if (family.type === 'gauge') return { ...family, series: ofGauge(family, told) }
        const known = totalsOf(family)
        for (const one of told) addUp(known, one)
        closeBooks(known, running, closed)
        return { ...family, series: [...known.values()].map(valueOf) }
      })
    },
    keep(last) {
      if (closed.get(last.pid) === last.startedAt) return // it would count a second time
      learnFamilies(last)
      for (const family of families.values())
        if (family.together !== 'each' && family.type !== 'gauge')
          for (const one of toldOf(last, family)) addUp(totalsOf(family), one)
    },
  }

  function learnFamilies({ snapshot }: WorkerSnapshot): void {
    for (const family of snapshot) if (!families.has(family.name)) families.set(family.name, family)
  }

  function totalsOf({ name }: Family): Map<string, Total> {
    const known = totals.get(name) ?? new Map<string, Total>()
    totals.set(name, known)
    return known
  }
}

interface ToldSeries extends Omit<WorkerSnapshot, 'snapshot'> {
  readonly series: readonly Series[]
}

/** What a worker tells of a family: nothing where it has not met it. */
function toldOf({ snapshot, ...worker }: WorkerSnapshot, { name }: Family): ToldSeries[] {
  const { series = null } = snapshot.find((family) => family.name === name) ?? {}
  return series === null ? [] : [{ ...worker, series }]
}

function addUp(known: Map<string, Total>, { pid, startedAt, series }: ToldSeries): void {
  for (const one of series) {
    const key = JSON.stringify(one.labels)
    const total = known.get(key) ?? begun(one)
    known.set(key, total)
    const before = total.told.get(pid)
    if (before?.startedAt === startedAt) {
      if (one.value < before.one.value) continue // it was read before what is known
    } else if (before) total.past = plus(total.past, before.one) // the system gives a number of a process again
    total.told.set(pid, { startedAt, one })
  }
}

/** Adds to the past what workers had counted that had ended when the sum was last taken. */
function closeBooks(
  known: Map<string, Total>,
  running: ReadonlySet<number>,
  closed: Map<number, number>,
): void {
  const gone: string[] = []
  for (const [key, total] of known) {
    for (const [pid, told] of total.told) {
      if (running.has(pid)) continue
      total.told.set(pid, { ...told, isGone: true })
      if (!told.isGone) continue
      total.past = plus(total.past, told.one)
      total.told.delete(pid)
      closed.set(pid, told.startedAt)
    }
    if (total.told.size === 0) gone.push(key)
  }
  for (const key of gone.slice(0, Math.max(0, gone.length - mostGone))) known.delete(key)
}

function begun({ labels, counts }: Series): Total {
  const past = { labels, value: 0, ...(counts && { counts: counts.map(() => 0) }) }
  return { labels, past, told: new Map(), shown: 0 }
}

function valueOf(total: Total): Series {
  let sum = total.past
  for (const { one } of total.told.values()) sum = plus(sum, one)
  total.shown = Math.max(total.shown, sum.value)
  return { ...sum, value: total.shown }
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
