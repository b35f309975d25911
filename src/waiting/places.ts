/** A fixed number of places. Callers without one wait, and get one in the order they came. */
export interface Places {
  /** How many wait. */
  readonly waiting: number
  /** Takes a place that is free. False where there is none. */
  take(): boolean
  /** Waits for a place, however long. False for a caller that `turnAway` turned away, and that has no place. */
  wait(): Promise<boolean>
  /** Gives the caller's place to the next that waits. */
  leave(): void
  /** Turns away all callers that wait. */
  turnAway(): void
}

/** `count` free places. */
export function createPlaces(count: number): Places {
  const waiting: ((isIn: boolean) => void)[] = []
  let free = count

  return {
    get waiting() {
      return waiting.length
    },
    take() {
      if (free === 0) return false
      free--
      return true
    },
    wait: () => new Promise((enter) => waiting.push(enter)),
    leave() {
      const enter = waiting.shift()
      if (enter) enter(true)
      else free++
    },
    turnAway() {
      for (const enter of waiting.splice(0)) enter(false)
    },
  }
}
