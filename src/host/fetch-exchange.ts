import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable, Writable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { fromFetch } from './fetch-request.ts'

/** A request of the Fetch standard as node:http would have it, and what is answered to it. */
export interface FetchExchange {
  readonly node: { readonly request: IncomingMessage; readonly response: ServerResponse }
  /** Comes with the head of the answer. */
  readonly answer: Promise<Response>
}

/**
 * Makes of `request` what the rest of the server works with. There is no socket: only what an exchange uses is there. Where
 * the caller of the answer reads slowly, the writer waits; where it cancels, or `request.signal` is aborted, the response
 * closes as one does whose client has left.
 */
export function openFetchExchange(request: Request, address: string | undefined): FetchExchange {
  const { response, answer } = openResponse(request.method === 'HEAD')
  const incoming = openRequest(request, address, () => response.destroy(cut()))
  const leave = () => {
    incoming.destroy()
    response.destroy(request.signal.reason as Error)
  }
  // A body that breaks off is a client that has left.
  incoming.on('error', (error) => response.destroy(error))
  response.once('close', () => {
    request.signal.removeEventListener('abort', leave)
    incoming.destroy() // what is left of the body is not wanted any more
  })
  if (request.signal.aborted) leave()
  else request.signal.addEventListener('abort', leave, { once: true })
  return { node: { request: incoming, response }, answer }
}

/** Node's code for a client that left, which servers do not take for a fault of their own. */
function cut(): Error {
  return Object.assign(new Error('The stream was cut off.'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
}

function openRequest(
  request: Request,
  address: string | undefined,
  destroySoon: () => void,
): IncomingMessage {
  const asked = fromFetch(request, address)
  const isThere = request.body !== null && !request.bodyUsed
  const body = isThere ? Readable.fromWeb(request.body as NodeStream) : Readable.from([])
  const node = Object.assign(body, {
    ...asked,
    rawHeaders: Object.entries(asked.headers).flat(),
    httpVersion: '1.1',
    complete: request.body === null,
    socket: { ...asked.socket, destroySoon },
  })
  body.once('end', () => (node.complete = true))
  // As node:http has it for what was read before.
  if (request.bodyUsed) Object.defineProperty(node, 'readableDidRead', { value: true })
  return node as unknown as IncomingMessage
}

interface OpenResponse {
  readonly response: ServerResponse
  readonly answer: Promise<Response>
}

function openResponse(isHead: boolean): OpenResponse {
  let resolve: (response: Response) => void
  let reject: (reason: unknown) => void
  const answer = new Promise<Response>((...settle) => ([resolve, reject] = settle))
  // Where the caller does not wait for the answer, its work must not end the process.
  answer.catch(() => undefined)
  const headers = new Headers()
  const whole: Buffer[] = []
  let stream: ReadableStreamDefaultController<Uint8Array> | null = null
  /** Lets the writer go on. */
  let proceed = () => {}

  const writable = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, done) {
      if (isBodiless()) return done()
      if (headers.has('content-length')) {
        whole.push(chunk)
        // The whole answer is there, even where the rest of its request is still read.
        const body = Buffer.concat(whole)
        if (body.length >= Number(headers.get('content-length'))) answerWith(new Uint8Array(body))
        return done()
      }
      stream ??= openStream()
      stream.enqueue(new Uint8Array(chunk))
      if ((stream.desiredSize ?? 0) > 0) done()
      else proceed = done
    },
    final(done) {
      if (stream === null) answerWith(null)
      else stream.close()
      done()
    },
    destroy(error, done) {
      const reason = error ?? new Error('The answer was given up.')
      if (!writable.writableFinished) {
        reject(reason) // in vain where the head of the answer has gone out
        stream?.error(reason)
      }
      done(null)
    },
  })
  const response = Object.assign(writable, {
    statusCode: 200,
    headersSent: false,
    getHeaderNames: () => [...headers.keys()],
    getHeader: (name: string) => headers.get(name) ?? undefined,
    setHeader: (name: string, value: string) => headers.set(name, value),
    appendHeader: (name: string, value: string) => headers.append(name, value),
    writeHead(status: number) {
      headers.delete('connection') // there is none
      response.statusCode = status
      response.headersSent = true
    },
  })
  return { response: response as unknown as ServerResponse, answer }

  function isBodiless(): boolean {
    return isHead || [204, 304].includes(response.statusCode)
  }

  function answerWith(body: BodyInit | null): void {
    resolve(new Response(body, { status: response.statusCode, headers }))
  }

  function openStream(): ReadableStreamDefaultController<Uint8Array> {
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start: (given) => void (controller = given),
      pull() {
        const go = proceed
        proceed = () => {}
        go()
      },
      cancel() {
        stream = null
        writable.destroy()
      },
    })
    answerWith(body)
    if (controller === undefined) throw new Error('A stream starts at once.')
    return controller
  }
}
