import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'

/** The connections of a server, with their requests under way. */
export interface Connections {
  /** Call it when a request has come on `socket`. */
  begin(socket: Socket, response: ServerResponse): void
  /** Call it when the answer is over. */
  end(socket: Socket): void
  /** The answer to the newest request of `socket`, finished or not; null where it has sent no request. */
  newestAnswer(socket: Socket): ServerResponse | null
  /** Was this connection refused? The server then throws away what its client sends. */
  isRefused(socket: Socket): boolean
  /**
   * Stops reading from `socket`. The connection ends after `lastWord`, or, without one, after the answer under way. Seconds
   * later it is gone, whatever its client does.
   */
  refuse(socket: Socket, lastWord?: string): void
}

interface Connection {
  newest: ServerResponse | null
  /** The number of unanswered requests. */
  underWay: number
  /** When it was refused, in milliseconds of the process's clock; null where it was not. */
  refusedAt: number | null
}

/** How long a refused client may take to read why, in milliseconds. */
const patience = 3000
/** How long it may wait for the answer to an earlier request, in milliseconds. */
const patienceUnderWay = 10_000
/** How often the server looks at its connections, in milliseconds. */
const interval = 500
/** How many bytes a refused client may go on sending: most clients read the answer after they have sent everything. */
const mostUnread = 16_777_216
/** The most requests that a client may send ahead: one that sends more wants to fill memory with answers. */
const mostAhead = 10

/**
 * Allows `most` connections (HTTP_MAX_CONNECTIONS). For one more, the connection that has been idle for longest makes room;
 * one without a request counts as idle. Where all are busy, the server turns the newest away, and logs that once a minute.
 */
export function manageConnections(
  server: Server,
  { most, log }: { readonly most: number; readonly log: Pick<Logger, 'warn'> },
): Connections {
  const open = new Map<Socket, Connection>()
  /** In order: the one that has been idle for longest comes first. */
  const idle = new Set<Socket>()
  let warnedAt = -Infinity

  server.prependListener('connection', (socket) => {
    if (open.size >= most && !makeRoom()) {
      socket.destroy()
      return
    }
    open.set(socket, { newest: null, underWay: 0, refusedAt: null })
    idle.add(socket)
    socket.once('close', () => forget(socket))
    closeGently(socket)
  })

  const sweep = setInterval(() => {
    for (const [socket, connection] of open) if (isOverdue(connection)) socket.destroy()
  }, interval).unref()
  server.once('close', () => clearInterval(sweep))

  return {
    begin,
    end,
    newestAnswer: (socket) => open.get(socket)?.newest ?? null,
    isRefused: (socket) => open.get(socket)?.refusedAt != null,
    refuse(socket, lastWord) {
      markRefused(socket)
      throwAway(socket)
      if (lastWord !== undefined) socket.end(lastWord)
    },
  }

  function begin(socket: Socket, response: ServerResponse): void {
    const connection = open.get(socket)
    if (connection === undefined) return
    idle.delete(socket)
    connection.newest = response
    if (++connection.underWay > mostAhead) socket.destroy()
  }

  function end(socket: Socket): void {
    const connection = open.get(socket)
    if (connection !== undefined && --connection.underWay === 0) idle.add(socket)
  }

  function makeRoom(): boolean {
    const [longest] = idle
    if (longest === undefined) {
      warn()
      return false
    }
    forget(longest)
    longest.destroy()
    return true
  }

  function warn(): void {
    if (performance.now() - warnedAt < 60_000) return
    warnedAt = performance.now()
    log.warn(`Connections are turned away: all ${most} are busy (HTTP_MAX_CONNECTIONS).`)
  }

  function forget(socket: Socket): void {
    open.delete(socket)
    idle.delete(socket)
  }

  function markRefused(socket: Socket): void {
    const connection = open.get(socket)
    if (connection) connection.refusedAt ??= performance.now()
  }

  /**
   * Node destroys the connection after its last answer. Where the client is still sending, the system then resets the
   * connection, and the client may lose the answer (RFC 9112, section 9.6). So the server reads on for a while.
   */
  function closeGently(socket: Socket): void {
    const destroySoon = socket.destroySoon.bind(socket)
    socket.destroySoon = () => {
      const connection = open.get(socket)
      const isSending = connection?.newest?.req.complete === false
      if (!isSending && connection?.refusedAt == null) return destroySoon()
      markRefused(socket)
      throwAway(socket)
      socket.end()
    }
  }

  function isOverdue(connection: Connection): boolean {
    const { newest, underWay } = connection
    // An answer before the end of its request is a refusal too, even while earlier answers wait to be sent.
    if (newest?.writableEnded === true && !newest.req.complete)
      connection.refusedAt ??= performance.now()
    if (connection.refusedAt === null) return false
    const isOwedAnswer = underWay > 0 && newest?.req.complete === true && !newest.writableEnded
    const bound = isOwedAnswer ? patienceUnderWay : patience
    return performance.now() - connection.refusedAt > bound
  }
}

/** Reads and throws away what `socket` sends, up to a bound. The HTTP parser gets none of it. */
function throwAway(socket: Socket): void {
  let size = 0
  socket
    .removeAllListeners('data')
    .on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > mostUnread) socket.destroy()
    })
    .resume()
}
