/** Lets go of what waits on behalf of one request. */
export interface Release {
  /** Why the request was let go; null while it was not. */
  readonly reason: Error | null
  /** Has `leave` called when the request is let go. What begins to wait calls this, after a look at `reason`. */
  onLetGo(leave: (reason: Error) => void): void
  /** Lets the request go: calls each `leave` once. */
  letGo(reason: Error): void
}

/** A release that has let nothing go. It does what an AbortController does, at no cost to a request that waits for nothing. */
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
