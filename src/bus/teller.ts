import type { Bus } from './bus.ts'
import { createSenderName } from './message.ts'
import type { Outbox } from './outbox.ts'
import { createOutgoing } from './outgoing.ts'
import type { Outgoing } from './outgoing.ts'
import type { Line, Wire } from './wire.ts'

/** How long `close` waits for what is still to be sent, in milliseconds. */
const lastWait = 2_000

/**
 * The bus of a process that has no streams, such as a command. It does not listen, and connects when it has something to
 * tell. It cannot know which wire the others listen on, so it sends by every one, and by each as fast as that takes it. A
 * message that no wire takes is lost.
 */
export function createTeller(wires: readonly Wire[], now: () => number): Bus {
  const from = createSenderName()
  const letGo = new AbortController()
  const opened = now()
  const ways = wires.map((wire) => createWay(wire, from, letGo.signal))

  return {
    kind: wires[0]?.kind ?? 'process',
    get state() {
      return { isUp: true, since: opened, lag: null, dropped: Math.min(...ways.map(lostOn)) }
    },
    publish(ids) {
      for (const { outgoing } of ways) outgoing.publish(ids)
    },
    publishAll() {
      for (const { outgoing } of ways) outgoing.publishAll()
    },
    async close() {
      await Promise.all(ways.map(({ outgoing }) => outgoing.finish()))
      letGo.abort()
    },
  }
}

/** What goes out over one wire. */
interface Way {
  readonly outgoing: Outgoing
  /** How many messages the wire has not taken. */
  readonly lost: () => number
}

const lostOn = ({ lost }: Way) => lost()

function createWay(wire: Wire, from: string, signal: AbortSignal): Way {
  let line: Promise<Line> | null = null
  let lost = 0
  return { outgoing: createOutgoing({ from, sendAll, lastWait }), lost: () => lost }

  /** There is no heartbeat that would ask later whether the others hear what this line takes. */
  async function open(): Promise<Line> {
    const opened = await wire.open(null, signal)
    await opened.check?.()
    return opened
  }

  async function sendAll(outbox: Outbox): Promise<void> {
    while (!outbox.isEmpty) {
      await new Promise(setImmediate) // so that the ids of one batch share messages
      await outbox.empty(tell)
    }
  }

  /** Never rejects, so that the outbox does not keep what the wire did not take: by a later try, streams have looked for themselves. */
  async function tell(texts: readonly string[]): Promise<void> {
    try {
      line ??= open()
      await (await line).send(texts)
    } catch {
      lost += texts.length
    }
  }
}
