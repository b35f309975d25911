import type { MessagePort } from 'node:worker_threads'

/** A version in force, and the text of its content. */
export type Seen = readonly [version: string, text: string]

/** What the thread says of a batch. */
export interface Said {
  readonly seen: readonly (Seen | null)[]
  /** Did it find the disk slow? Then it left the rest to the pool. */
  readonly isSlow: boolean
}

/** What the program of the thread works with. */
export interface ThreadParts {
  readonly fs: Pick<typeof import('node:fs'), 'closeSync' | 'openSync' | 'readdirSync' | 'readSync'>
  readonly port: MessagePort
  /** The name of the file that says which version is in force. */
  readonly pointer: RegExp
  /** How the name of a version's content ends. */
  readonly ending: string
  /** The pool reads sessions of this size or more, in bytes. */
  readonly tooLong: number
  /** A read that takes longer is slow, in milliseconds. */
  readonly slow: number
}

/**
 * The program of the thread. The thread starts from the text of this function, so that the bundled program, and that of a
 * host which bundles this package, need no file beside them. It can use its parts and Node's globals, and nothing else of
 * this file. No function in it has a name, for which a minifier that keeps names would call a helper of its own. A tool that
 * writes calls into every function, such as one for coverage, has to leave this file out.
 *
 * It handles nothing unusual: there the pool looks again.
 */
export function runFileThread({ fs, port, pointer, ending, tooLong, slow }: ThreadParts): void {
  Error.stackTraceLimit = 0
  const room = Buffer.allocUnsafe(tooLong)
  let slowness = 0 // the share of slow reads among the last dozen or so: a single one may be slow by chance

  const look = {
    see(directory: string): Seen | null {
      try {
        for (const name of fs.readdirSync(directory)) {
          const version = pointer.exec(name)?.[1]
          if (version === undefined) continue
          const text = look.textOf(`${directory}/${version}${ending}`)
          return text === null ? null : [version, text]
        }
      } catch {
        // It is absent, damaged or out of reach.
      }
      return null
    },

    textOf(file: string): string | null {
      const handle = fs.openSync(file, 'r')
      try {
        const length = fs.readSync(handle, room, 0, tooLong, 0)
        return length < tooLong ? room.toString('utf8', 0, length) : null
      } finally {
        fs.closeSync(handle)
      }
    },
  }

  port.on('message', (directories: readonly string[]) => {
    let isSlow = false
    const seen = directories.map((directory) => {
      if (isSlow) return null
      const from = performance.now()
      const one = look.see(directory)
      slowness += (Number(performance.now() - from > slow) - slowness) / 16
      isSlow = slowness > 0.5
      return one
    })
    port.postMessage({ seen, isSlow } satisfies Said)
  })
}
