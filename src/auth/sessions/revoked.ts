/** How many sessions are to end. */
export interface RevokeAllOptions {
  /** Ends none, and only counts. */
  readonly isDryRun?: boolean
  /** Called after each batch with how many have ended. */
  readonly onProgress?: (ended: number) => void
}

/** How the end of many sessions went. */
export interface Revoked {
  /** How many matched, counted to 10,000. */
  readonly matchedCount: number
  /**
   * The count of those that match went back to the sessions that began then, and stopped there; null where it counted all.
   * What ends is not bound by it.
   */
  readonly countedSince: Date | null
  /** How many ended. Fewer, where some were over already or there was no time for all. */
  readonly revokedCount: number
  /** Is none left alive that matches? */
  readonly isComplete: boolean
}
