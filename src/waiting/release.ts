/** Lets go of what waits on behalf of one request. */
export interface Release {
  /** Why the request was let go; null while it was not. */
  readonly reason: Error | null
  /** Calls `leave` when the request is let go: for what begins to wait. */
  onLetGo(leave: (reason: Error) => void): void
  letGo(reason: Error): void
}

/** A release that has let nothing go. It does what an AbortController does, and costs a request without waiters nothing. */
export function createRelease(): Release {
  const waiting: ((reason: Error) => void)[] = []
  let reason: Error | null = null

  return {
    get reason() {
      return reason
    },
    onLetGo: (leave) => void waiting.push(leave),
    letGo(why) {
      reason = why
      for (const leave of waiting.splice(0)) leave(why)
    },
  }
}
