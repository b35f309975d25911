import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { openNote } from './notes.ts'
import type { Kind } from './notes.ts'

// Runs before every test file. It records every HTTP message where the bytes pass: fetch, a bare socket and a browser
// alike, and nothing is read, held back or copied on behalf of a test.

const ourPorts = new Set<number | undefined>()

subscribe('net.server.socket', (message) => {
  const { socket } = message as { socket: Socket }
  ourPorts.add(socket.localPort)
  overhearWrites(socket, noteHttp('received', /^HTTP\//))
})

subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket }
  overhearWrites(socket, noteHttp('sent', /^[A-Z]/))
  const note = noteHttp('received', /^HTTP\//)
  // A server of this process was overheard already.
  overhearReads(socket, (bytes) => {
    if (!ourPorts.has(socket.remotePort)) note(bytes)
  })
})

/** Notes what begins like `start`; connections to Redis, Memcached and PostgreSQL pass here too. */
function noteHttp(kind: Kind, start: RegExp): (bytes: Buffer) => void {
  const note = openNote(kind)
  let isHttp: boolean | undefined
  return (bytes) => {
    isHttp ??= start.test(bytes.toString('latin1', 0, 8))
    if (isHttp) note(bytes)
  }
}

function overhearReads(socket: Socket, hear: (bytes: Buffer) => void): void {
  const { push } = socket
  socket.push = function (chunk: Buffer | null, encoding) {
    if (chunk !== null) hear(chunk)
    return push.call(this, chunk, encoding)
  }
}

// Not `write`: connecting puts the original of that one back.
function overhearWrites(socket: Socket, hear: (bytes: Buffer) => void): void {
  const { _write: write, _writev: writeMany } = socket
  socket._write = function (chunk: string | Buffer, encoding, done) {
    hear(asBytes(chunk, encoding))
    write.call(this, chunk, encoding, done)
  }
  socket._writev = function (chunks, done) {
    for (const { chunk, encoding } of chunks) hear(asBytes(chunk, encoding))
    writeMany!.call(this, chunks, done)
  }
}

function asBytes(chunk: string | Buffer, encoding: BufferEncoding): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}
