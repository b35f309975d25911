import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'

/** The streams that are piped into an answer. */
export interface Pipes {
  /** Cuts them off: what they still have belongs to no answer. They are closed once the answer is over, for `pipeline` closes it with them. */
  discard(): void
  /** Watches no longer. */
  forget(): void
}

/** Watches what is piped into `response`. */
export function watchPipes(response: ServerResponse): Pipes {
  const sources = new Set<Readable>()
  const add = (source: Readable) => sources.add(source)
  const remove = (source: Readable) => sources.delete(source)
  response.on('pipe', add).on('unpipe', remove)

  return {
    discard() {
      for (const source of sources) {
        source.unpipe(response)
        if (response.closed) source.destroy()
        else response.once('close', () => source.destroy())
      }
      forget()
    },
    forget,
  }

  function forget(): void {
    response.off('pipe', add).off('unpipe', remove)
    sources.clear()
  }
}
