import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { pause } from '../waiting/pause.ts'

/** How a server stops: it finishes what is under way, and only `/ready` shows that it is stopping. */
export interface Drain {
  /** From then on each answer is the last of its connection. */
  readonly isUnderWay: boolean
  /** A request has come. */
  begin(socket: Socket, response: ServerResponse): void
  /** Its answer is over. */
  end(): void
  /**
   * Goes on taking requests for `delay` ms, so that a load balancer has time to send them elsewhere; then takes no more, and
   * resolves when what is under way is finished. After `patience` ms in all it waits no longer.
   */
  run(options: { readonly delay: number; readonly patience: number }): Promise<void>
}

/** How long a connection may take to send its first request once the server is closed, in milliseconds. */
const graceForSilent = 250

/** The drain of `server`, which it watches from now on. */
export function createDrain(server: Server): Drain {
  let isUnderWay = false
  /** Counts connections, and the beginnings and ends of answers. */
  let activity = 0
  /** Connections without a request so far: browsers open some for what may come. */
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
      // No header: Node would then keep only the last of each name that the answer writes.
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
      // Node counts them as busy. By then everything that they had sent before the server closed has arrived.
      const hush = setTimeout(() => silent.forEach((socket) => socket.destroy()), graceForSilent)
      await closed
      clearTimeout(hush)
      clearTimeout(deadline)
    },
  }

  /**
   * Waits for a turn of the event loop in which no connection came and no answer ended. Connections that wait to be accepted
   * when the server closes are reset by the system, and a client that was just answered opens the next one.
   */
  async function untilQuiet(mostTurns = 1000): Promise<void> {
    for (let turn = 0; turn < mostTurns; turn++) {
      const before = activity
      await new Promise((resolve) => setImmediate(resolve))
      if (activity === before) return
    }
  }
}
