/** What tells the time: this process, and the database where that has a clock of its own. */
export interface Clocks {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** See `Database.clock`. */
  readonly clock: (() => Promise<number>) | null
}

/**
 * The earlier of both clocks, in milliseconds since 1970. What expired by then has expired for every process whose clock is no
 * further behind than the database's. A process whose clock is ahead would else remove what is alive for all others. Rejects where
 * the database does not answer.
 */
export async function agreedNow({ now, clock }: Clocks): Promise<number> {
  return clock === null ? now() : Math.min(now(), await clock())
}
