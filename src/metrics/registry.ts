import { createHistogram } from './cells.ts'
import type { Counter, Histogram } from './cells.ts'
import type { Declared, Family, Labels, Series, Snapshot } from './declared.ts'

/** The metrics of one application. Cells are made once, and added to wherever something happens. */
export interface Registry {
  /** A counter that is shown from now on, with 0. */
  counter(declared: Declared, labels?: Labels): Counter
  /** A histogram that is shown from now on, empty. */
  histogram(declared: Declared, labels?: Labels): Histogram
  /** What `read` says at each scrape is shown as it is. Where it throws, the scrape fails. */
  source(declared: Declared, read: () => readonly Series[]): void
  /** The value of something at each scrape; null: it is not known, and not shown. */
  gauge(declared: Declared, labels: Labels, read: () => number | null): void
  /** The series of one metric at this moment. */
  read(declared: Declared): readonly Series[]
  /** All metrics at this moment. */
  snapshot(): Snapshot
}

/** A registry that shows its metrics in the order in which they first came. */
export function createRegistry(): Registry {
  const sources = new Map<Declared, (() => readonly Series[])[]>()

  return {
    counter(declared, labels = {}) {
      const cell: Counter = { value: 0 }
      add(declared, () => [{ labels, value: cell.value }])
      return cell
    },

    histogram(declared, labels = {}) {
      const cell = createHistogram(declared.bounds ?? [])
      add(declared, () => [seriesOf(cell, labels)])
      return cell
    },

    source: add,
    read: (declared) => (sources.get(declared) ?? []).flatMap((read) => read()),

    gauge(declared, labels, read) {
      add(declared, () => {
        const value = read()
        return value === null ? [] : [{ labels, value }]
      })
    },

    snapshot: () =>
      [...sources].map(([{ name, type, says, bounds, together }, reads]): Family => ({
        name,
        type,
        says,
        ...(bounds && { bounds }),
        ...(together && { together }),
        series: reads.flatMap((read) => read()),
      })),
  }

  function add(declared: Declared, read: () => readonly Series[]): void {
    const reads = sources.get(declared)
    if (reads) reads.push(read)
    else sources.set(declared, [read])
  }
}

/** What a histogram shows at this moment. */
export function seriesOf({ counts, sum }: Histogram, labels: Labels): Series {
  return { labels, value: sum, counts: [...counts] }
}
