import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a server ends without anybody noticing but those who ask whether it is ready. */
export interface Drain {
  /** From then on each answer is the last of its connection. */
  readonly isUnderWay: boolean
  /**
   * Goes on taking requests for `delay` ms, so that whoever sends them here goes elsewhere; then takes no more, and
   * resolves when what is under way is finished. After `patience` ms in all it waits no longer.
   */
  run(options: { readonly delay: number; readonly patience: number }): Promise<void>
}

/** How long a connection may take to ask its first question once the server is closed, in milliseconds. */
const graceForSilent = 250

/** The drain of `server`, which it watches from now on. */
export function createDrain(server: Server): Drain {
  let isUnderWay = false
  /** Counts connections, and the beginnings and ends of answers. */
  let activity = 0
  /** Connections that have asked nothing yet: browsers open some for what may come. */
  const silent = new Set<Socket>()

  server.on('connection', (socket) => {
    activity++
    silent.add(socket.once('close', () => silent.delete(socket)))
  })
  server.prependListener('request', (request, response) => {
    activity++
    silent.delete(request.socket)
    if (isUnderWay) response.setHeader('Connection', 'close')
    // An answer that had begun before, such as a stream, leaves its connection open.
    response.once('close', () => {
      activity++
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    })
  })

  return {
    get isUnderWay() {
      return isUnderWay
    },

    async run({ delay, patience }) {
      isUnderWay = true
      const deadline = setTimeout(() => server.closeAllConnections(), patience)
      await sleep(delay)
      await untilQuiet()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // Node counts them as busy. What they had sent before the server closed has arrived by then.
      const hush = setTimeout(() => silent.forEach((socket) => socket.destroy()), graceForSilent)
      await closed
      clearTimeout(hush)
      clearTimeout(deadline)
    },
  }

  /**
   * Until a turn of the event loop in which nobody came or was answered. Connections that wait to be accepted when the
   * server closes are reset by the system, and whoever was just answered opens the next one.
   */
  async function untilQuiet(mostTurns = 1000): Promise<void> {
    for (let turn = 0; turn < mostTurns; turn++) {
      const before = activity
      await new Promise((resolve) => setImmediate(resolve))
      if (activity === before) return
    }
  }
}
