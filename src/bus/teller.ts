import type { Bus } from './bus.ts'
import { createSenderName } from './message.ts'
import type { Outbox } from './outbox.ts'
import { createOutgoing } from './outgoing.ts'
import type { Line, Wire } from './wire.ts'

/** How long `close` waits for what is still to be sent, in milliseconds. */
const lastWait = 2_000

/**
 * The bus of a process that has no streams, such as a command. It does not listen, and connects when it has something to
 * tell. It cannot know which wire the others listen on, so it sends by every one. A message that no wire takes is lost.
 */
export function createTeller(wires: readonly Wire[], now: () => number): Bus {
  const from = createSenderName()
  const outgoing = createOutgoing({ from, sendAll, lastWait })
  const letGo = new AbortController()
  const opened = now()
  let lines: Promise<Line>[] | null = null
  let dropped = 0

  return {
    kind: wires[0]?.kind ?? 'process',
    get state() {
      return { isUp: true, since: opened, lag: null, dropped }
    },
    publish: outgoing.publish,
    publishAll: outgoing.publishAll,
    async close() {
      await outgoing.finish()
      letGo.abort()
    },
  }

  async function sendAll(outbox: Outbox): Promise<void> {
    while (!outbox.isEmpty) {
      await new Promise(setImmediate) // so that the ids of one batch share messages
      await outbox.empty(tell)
    }
  }

  /** Never rejects, so that the outbox does not keep what no wire took: by a later try, streams have looked for themselves. */
  async function tell(texts: readonly string[]): Promise<void> {
    lines ??= wires.map((wire) => wire.open(null, letGo.signal))
    const told = lines.map(async (opening) => {
      await (await opening).send(texts)
    })
    const outcomes = await Promise.allSettled(told)
    if (outcomes.every(({ status }) => status === 'rejected')) dropped += texts.length
  }
}
