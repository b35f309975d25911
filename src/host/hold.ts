import type { ServerResponse } from 'node:http'
import { assertStatus, assertWritable, bytesOf, callbackOf, headersSent } from './node-answers.ts'
import { addHeaders, headersOf, putHeaders, snapshotOf } from './answer-headers.ts'
import { watchPipes } from './pipes.ts'

/** The answer of a handler, none of which is sent before its session is stored. */
export interface Hold {
  /** Has the handler begun to answer, or has the answer gone its way? */
  readonly hasBegun: boolean
  /**
   * Sends what was held, in its order, with these headers added, a name and its value by turns. What follows goes through.
   * Throws what Node throws of it.
   */
  release(headers: readonly string[]): void
  /** Lets what follows go through. For a handler that has not begun to answer. */
  lift(): void
  /**
   * Forgets what was held. The answer is as it was before the handler, so that another can be written in its place. `error`
   * is what the callbacks of the forgotten writes get.
   */
  discard(error: Error): void
}

type Method = (...args: readonly unknown[]) => unknown

/** What begins an answer. Node calls `writeHead` by its old name too. */
const beginnings = ['writeHead', 'writeHeader', 'write', 'end', 'flushHeaders'] as const
/** What is an error once an answer has begun. */
const headings = ['setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const

/**
 * Holds the answer back from its first byte on, and calls `onBegin` then. To the handler it looks as if it were on its way:
 * its headers are sent, `write` gives false past the buffer of the connection, and 'drain' follows. Callbacks come when the
 * bytes are written. What has wrapped the answer before, as compression does, gets what was held when it is released.
 */
export function holdAnswer(response: ServerResponse, onBegin: () => void): Hold {
  const own = response as unknown as Record<string, Method | undefined>
  const before = snapshotOf(response)
  const pipes = watchPipes(response)
  const calls: (readonly [name: string, args: readonly unknown[]])[] = []
  let state: 'open' | 'holding' | 'through' | 'discarded' = 'open'
  let failure: Error | null = null
  let isHeadWritten = false
  let hasEnded = false
  let heldBytes = 0
  let isDrainOwed = false
  /** As the handler had it when it began: what it sets later comes too late. */
  let status = 200

  const through: Record<string, Method> = {}
  for (const name of [...beginnings, ...headings]) {
    const original = own[name]
    if (original === undefined) continue // HTTP/2 has fewer
    through[name] = (...args) => Reflect.apply(original, response, args)
    own[name] = (beginnings as readonly string[]).includes(name)
      ? (...args) => begin(name, args)
      : (...args) => {
          if (state === 'holding') throw headersSent(name)
          return through[name]?.(...args)
        }
  }

  return {
    get hasBegun() {
      return state !== 'open'
    },
    release,
    lift() {
      if (state === 'open') state = 'through'
    },
    discard,
  }

  function begin(name: string, args: readonly unknown[]): unknown {
    if (state === 'through') return through[name]?.(...args)
    if (state === 'discarded') {
      // A handler that goes on writing has nothing to add to the answer that was written in place of its own.
      return response.writableEnded ? drop(name, args) : through[name]?.(...args)
    }
    if (name.startsWith('writeHead')) return writeHead(args)
    if (name !== 'flushHeaders') assertWritable(name, args[0])
    if (state === 'open') hold()
    calls.push([name, args])
    if (name === 'flushHeaders') return undefined
    heldBytes += bytesOf(args)
    if (name === 'end') hasEnded = true
    if (name === 'end') return response
    const hasRoom = heldBytes < (response.writableHighWaterMark ?? 0)
    isDrainOwed ||= !hasRoom
    return hasRoom
  }

  /** Puts its headers among the others at once, so that a handler hears of one that cannot be sent. */
  function writeHead([code, ...rest]: readonly unknown[]): ServerResponse {
    const message = typeof rest[0] === 'string' ? rest[0] : null
    const headers = message === null ? (rest[0] ?? rest[1]) : rest[1]
    if (state === 'holding') {
      if (headers != null) throw headersSent('writeHead')
      return response // a wrapper writes the head once more where it finds none
    }
    assertStatus(code)
    putHeaders(response, headersOf(headers))
    response.statusCode = code
    if (message !== null) response.statusMessage = message
    isHeadWritten = true
    hold()
    return response
  }

  function hold(): void {
    state = 'holding'
    status = response.statusCode
    shadow('headersSent', () => true)
    shadow('writableEnded', () => hasEnded)
    shadow('writableNeedDrain', () => isDrainOwed && !hasEnded)
    onBegin()
  }

  function shadow(name: string, get: () => boolean): void {
    Object.defineProperty(response, name, { configurable: true, get })
  }

  /** From here on the answer is Node's again. */
  function unhold(): void {
    for (const name of ['headersSent', 'writableEnded', 'writableNeedDrain'])
      Reflect.deleteProperty(response, name)
    response.statusCode = status
  }

  function release(headers: readonly string[]): void {
    if (state !== 'holding') return
    unhold()
    state = 'through'
    addHeaders(response, headers)
    if (isHeadWritten) through['writeHead']?.(status)
    let hasRoom = true
    for (const [name, args] of calls.splice(0)) {
      const result = through[name]?.(...args)
      if (name === 'write') hasRoom = result !== false
    }
    pipes.forget()
    // Where it has no room either, Node says so itself, once it has.
    if (isDrainOwed && hasRoom && !hasEnded) response.emit('drain')
  }

  function discard(error: Error): void {
    if (state === 'holding') unhold()
    state = 'discarded'
    failure = error
    pipes.discard()
    before.restore()
    for (const [name, args] of calls.splice(0)) drop(name, args)
  }

  function drop(name: string, args: readonly unknown[]): unknown {
    const callback = callbackOf(args)
    if (callback !== null) process.nextTick(callback, failure)
    return name === 'write' ? false : response
  }
}
