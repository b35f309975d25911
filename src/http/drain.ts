import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pause } from '../waiting/pause.ts'

/** How a server stops: it finishes the requests under way, and only `/ready` shows that it is stopping. */
export interface Drain {
  /** While it is, each answer is the last of its connection. */
  readonly isUnderWay: boolean
  /** Call it when a request has come. */
  begin(socket: Socket, response: ServerResponse): void
  /** Call it when the answer is over. */
  end(): void
  /**
   * Takes requests for another `delay` ms, so that a load balancer has time to send them elsewhere. Then it takes no more,
   * and resolves when those under way are finished, or after `patience` ms in all.
   */
  run(options: { readonly delay: number; readonly patience: number }): Promise<void>
}

/** How long a connection may take to send its first request once the server is closed, in milliseconds. */
const graceForSilent = 250

/** The drain of `server`. */
export function createDrain(server: Server): Drain {
  let isUnderWay = false
  /** Counts connections, and the beginnings and ends of answers. */
  let activity = 0
  /** Connections without a request so far: browsers open some ahead. */
  const silent = new Set<Socket>()

  server.on('connection', (socket) => {
    activity++
    silent.add(socket.once('close', () => silent.delete(socket)))
  })
  return {
    get isUnderWay() {
      return isUnderWay
    },

    begin(socket, response) {
      activity++
      silent.delete(socket)
      // Not by a header: Node would then keep only the last value of each name in the answer.
      if (isUnderWay) response.shouldKeepAlive = false
    },

    end() {
      activity++
      // An answer that had begun before the stop, such as a stream, leaves its connection open.
      if (!server.listening) setImmediate(() => server.closeIdleConnections())
    },

    async run({ delay, patience }) {
      isUnderWay = true
      const deadline = setTimeout(() => server.closeAllConnections(), patience)
      await pause(delay)
      await untilQuiet()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      // Node counts them as busy. After the grace, everything that they sent before the server closed has arrived.
      const hush = setTimeout(() => silent.forEach((socket) => socket.destroy()), graceForSilent)
      await closed
      clearTimeout(hush)
      clearTimeout(deadline)
    },
  }

  /**
   * Waits for a turn of the event loop in which no connection came and no answer ended. When the server closes, the system
   * resets connections that still wait to be accepted, and a client that has just got an answer may open one.
   */
  async function untilQuiet(mostTurns = 1000): Promise<void> {
    for (let turn = 0; turn < mostTurns; turn++) {
      const before = activity
      await new Promise((resolve) => setImmediate(resolve))
      if (activity === before) return
    }
  }
}
