/** What a metric is, and what an operator should know of it. docs/metrics.md is made of these. */
export interface Declared {
  /** Its name in the text, by the rules of Prometheus: a unit at the end, and `_total` for what is counted. */
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** The names of its labels. */
  readonly labels: readonly string[]
  /** One line, for the text and for the page. */
  readonly says: string
  /** When an operator should look; empty where there is no such thing. */
  readonly worry: string
  /** Is it of the database, and so the same whichever process says it? Such figures must not be added up. */
  readonly isShared?: true
  /**
   * What one text of several workers shows: their sum, the highest or the lowest of them, or a series of each. Left out:
   * counters and histograms are added up, of gauges the highest is shown.
   */
  readonly together?: 'sum' | 'lowest' | 'each'
  /** The upper bounds of a histogram's buckets, in seconds. */
  readonly bounds?: readonly number[]
}

/** The labels of one series, by name. */
export type Labels = Readonly<Record<string, string>>

/** One series of a metric at one moment. */
export interface Series {
  readonly labels: Labels
  /** What a counter or a gauge shows. Of a histogram: the sum, in seconds. */
  readonly value: number
  /** Only of a histogram: how many observations each bucket has, not those below it. */
  readonly counts?: readonly number[]
}

/** A metric at one moment. */
export interface Family extends Pick<Declared, 'name' | 'type' | 'says' | 'bounds' | 'together'> {
  readonly series: readonly Series[]
}

/** All metrics at one moment: plain JSON, which one process can send to another. */
export type Snapshot = readonly Family[]
