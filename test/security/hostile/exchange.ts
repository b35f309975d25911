import { connect } from 'node:net'

/** One HTTP answer, as it came over the wire. */
export interface WireAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string
}

/** No answer for so long is a hang. */
const deadline = 60_000

/**
 * Sends bytes over a connection of their own, and reads until the server closes it. Rejects where that takes too long.
 * A reset after an answer is how a server stops a client that goes on sending.
 */
export function exchange(url: string, bytes: Uint8Array): Promise<WireAnswer[]> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const timer = setTimeout(() => {
      socket.destroy()
      const received = Buffer.concat(chunks).toString('latin1')
      reject(new Error(`No end after ${deadline} ms, but: ${received.slice(0, 500)}`))
    }, deadline)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('error', () => {}) // a reset: it is closed next
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(readAnswers(Buffer.concat(chunks)))
    })
  })
}

/** Every answer in what a server sent, save the interim ones. */
export function readAnswers(bytes: Buffer): WireAnswer[] {
  const answers: WireAnswer[] = []
  let rest = bytes
  while (rest.length > 0) {
    const end = rest.indexOf('\r\n\r\n')
    if (end === -1) throw new Error(`Not an answer: ${rest.toString('latin1').slice(0, 200)}`)
    const [first = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1])
    if (Number.isNaN(status)) throw new Error(`Not a status line: ${first.slice(0, 200)}`)
    const headers = lines.map((line) => {
      const at = line.indexOf(':')
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
    })
    const { body, length } = readContent(rest.subarray(end + 4), status, new Map(headers))
    if (status >= 200) answers.push({ status, headers, body })
    rest = rest.subarray(end + 4 + length)
  }
  return answers
}

function readContent(bytes: Buffer, status: number, headers: ReadonlyMap<string, string>) {
  if (status < 200 || status === 204 || status === 304) return { body: '', length: 0 }
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(bytes)
  const length = Number(headers.get('content-length') ?? bytes.length)
  return { body: bytes.subarray(0, length).toString(), length: Math.min(length, bytes.length) }
}

function readChunks(bytes: Buffer) {
  const chunks: Buffer[] = []
  let at = 0
  while (at < bytes.length) {
    const line = bytes.indexOf('\r\n', at)
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16)
    chunks.push(bytes.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
    if (size === 0) break
  }
  return { body: Buffer.concat(chunks).toString(), length: at }
}
