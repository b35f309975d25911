import { createDeadlines, silence } from '../waiting/deadlines.ts'
import type { Heart } from './heart.ts'
import type { Wire } from './wire.ts'

/** How a wire is tried. */
export interface TrialOptions {
  readonly heart: Heart
  /** Gets what the wire brings meanwhile, heartbeats among it. */
  readonly hear: (text: unknown) => void
  /** How long a line may take to open, in milliseconds of `loopTime`. */
  readonly openingTime: number
}

/** Does the wire carry now? Opens a line, waits for a heartbeat over it, and lets go of the line. Never rejects. */
export async function carries(
  wire: Wire,
  { heart, hear, openingTime }: TrialOptions,
): Promise<boolean> {
  const trial = new AbortController()
  const { signal } = trial
  const listen = (text: unknown) => {
    if (!signal.aborted) hear(text)
  }
  try {
    await new Promise<void>((done, fail) => {
      const clear = createDeadlines(openingTime)(() => fail(silence(openingTime)))
      const open = async () => {
        const line = await wire.open({ hear: listen, lost: fail }, signal)
        if (wire.echoes) await heart.beat(line.prove ?? line.send)
      }
      open().finally(clear).then(done, fail)
    })
    return true
  } catch {
    return false
  } finally {
    trial.abort()
  }
}
