import { beforeDeadline, createDeadlines, silence } from '../waiting/deadlines.ts'
import type { StartDeadline } from '../waiting/deadlines.ts'
import { Unheard } from './heart.ts'
import type { Heart } from './heart.ts'
import type { Line, Wire } from './wire.ts'

/** How a line is opened. */
export interface OpeningOptions {
  readonly heart: Heart
  /** Gets what the wire brings, heartbeats among it. */
  readonly hear: (text: unknown) => void
}

/** A line, and how long a heartbeat took over it, in milliseconds; null where the wire does not echo. */
export interface Opened {
  readonly line: Line
  readonly lag: number | null
}

/**
 * Opens a line, and waits for a heartbeat over it. Rejects with what `open` of the wire, or `beat` of the heart, rejects with.
 * `hear` gets nothing more once `signal` has aborted. `lost` gets the error of a line that fails. `isProven`: has this wire
 * carried before?
 */
export async function openLine(
  wire: Wire,
  { heart, hear }: OpeningOptions,
  signal: AbortSignal,
  lost: (error: Error) => void,
  isProven = false,
): Promise<Opened> {
  const listen = (text: unknown) => {
    if (!signal.aborted) hear(text)
  }
  const line = await wire.open({ hear: listen, lost }, signal)
  return { line, lag: wire.echoes ? await beat(line, heart, isProven) : null }
}

/** How long a line may take to open, in milliseconds of `loopTime`. */
export const openingTime = 10_000

const startCheck = createDeadlines(openingTime)

/**
 * How long a heartbeat takes over `line`, in milliseconds. Rejects where `check` of the line does. Where the wire `isProven`, a
 * line whose proof cannot be sent does without: the proof may need a connection that other statements have.
 */
export async function beat(line: Line, heart: Heart, isProven: boolean): Promise<number> {
  const checking =
    line.check && beforeDeadline(line.check(), startCheck, () => silence(openingTime))
  const [lag] = await Promise.all([prove(line, heart, isProven), checking])
  return lag
}

async function prove({ prove, send }: Line, heart: Heart, isProven: boolean): Promise<number> {
  if (!prove) return heart.beat(send)
  try {
    return await heart.beat(prove)
  } catch (error) {
    if (!isProven || error instanceof Unheard) throw error
    return heart.beat(send)
  }
}

/** Does the wire carry now? Lets go of the line at once. Never rejects. */
export async function carries(
  wire: Wire,
  options: OpeningOptions,
  startOpening: StartDeadline,
): Promise<boolean> {
  const trial = new AbortController()
  try {
    const opening = new Promise((opened, lost) => {
      openLine(wire, options, trial.signal, lost).then(opened, lost)
    })
    await beforeDeadline(opening, startOpening, () => silence(openingTime))
    return true
  } catch {
    return false
  } finally {
    trial.abort()
  }
}
