import { decodeRecord } from '../record/record.ts'
import { read } from './file-session.ts'
import type { Content } from './file-session.ts'
import { startFileThread } from './file-thread.ts'
import type { FileThread } from './file-thread.ts'

/** Reads sessions: a few in Node's thread pool, and many at once in a thread of its own, which takes a third of the time. */
export interface FileReader {
  /** What is in force in `directory`; null where there is no session. */
  read(directory: string): Promise<Pick<Content, 'version' | 'record'> | null>
  close(): void
}

/** How many reads the pool does at a time, as Node sets it. For more, a thread is faster. */
const few = 4

/** A thread ends after so many idle milliseconds. One that has died is replaced after as long. */
const term = 60_000

/** A reader without a thread: it starts one when more loads come at once than the pool reads at a time. */
export function createFileReader(): FileReader {
  let thread: FileThread | null = null
  let inPool = 0
  let isUsed = false
  let isClosed = false

  return {
    async read(directory) {
      if (thread?.isReady) {
        isUsed = true
        const seen = await thread.see(directory)
        if (seen) return { version: seen[0], record: decodeRecord(seen[1]) }
      } else if (thread === null && inPool >= few && !isClosed) start()
      inPool++
      try {
        return await read(directory)
      } finally {
        inPool--
      }
    },
    close() {
      isClosed = true
      thread?.end()
    },
  }

  function start(): void {
    thread = startFileThread()
    isUsed = true
    const look = setInterval(() => {
      // Keeps a thread that hangs: the next would hang as well.
      if (isUsed || thread?.isBusy) return void (isUsed = false)
      clearInterval(look)
      thread?.end()
      thread = null
    }, term).unref()
  }
}
