import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Keeps at most `most` connections of a server open. For one more, the one that has been idle for longest makes room: kept open
 * behind an answer, or without a whole request yet. Where all wait for an answer or read one, the first of them does. A
 * refusal of the new one would shut scrapers out for as long as others hold their connections.
 */
export function keepFew(server: Server, most: number): void {
  /** Each in the order in which its connections have become so. */
  const idle = new Set<Socket>()
  const answered = new Set<Socket>()
  server.on('connection', (socket) => {
    idle.add(socket)
    socket.once('close', () => {
      idle.delete(socket)
      answered.delete(socket)
    })
    if (idle.size + answered.size <= most) return
    const [first] = idle.size > 1 ? idle : answered // the new one is idle
    if (first === undefined) return
    idle.delete(first)
    answered.delete(first)
    first.destroy()
  })
  server.on('request', ({ socket }, response) => {
    idle.delete(socket)
    answered.add(socket)
    response.once('close', () => {
      if (answered.delete(socket) && !socket.destroyed) idle.add(socket)
    })
  })
}
